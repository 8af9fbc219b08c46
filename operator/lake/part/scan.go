package part

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/gzip"
)

// measure reads a part and takes its measure.
type measure struct {
	from io.Reader
	hash hash.Hash
	size int64
	err  error // of the store
}

func newMeasure(from io.Reader) *measure { return &measure{from: from, hash: sha256.New()} }

func (m *measure) Read(b []byte) (int, error) {
	n, err := m.from.Read(b)
	m.hash.Write(b[:n])
	m.size += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		m.err = err
	}
	return n, err
}

// verdict is what the measure says of a part that was read to its end, or as far as
// err let it be read.
func (m *measure) verdict(err error, want File) error {
	if err == nil || errors.As(err, new(*Damage)) {
		_, copyErr := io.Copy(io.Discard, m) // the rest, for size and checksum
		err = errors.Join(err, copyErr)
	}
	if m.err != nil {
		return fmt.Errorf("reading %s: %w", want.Key, m.err)
	}
	bad := func(format string, args ...any) error {
		return &Damage{Key: want.Key, What: fmt.Sprintf(format, args...)}
	}
	switch sum := hex.EncodeToString(m.hash.Sum(nil)); {
	case err != nil && !errors.As(err, new(*Damage)):
		return err
	case m.size != want.Size:
		return bad("it has %d bytes, published were %d", m.size, want.Size)
	case sum != want.SHA256:
		return bad("its sha256 is %s, published was %s", sum, want.SHA256)
	case err != nil:
		return bad("%v", err)
	}
	return nil
}

// Scan reads a part's rows and then checks that it is what was published. Each
// line holds its newline and is valid until the next. What is wrong with the part
// is a *Damage; an error that row returns ends the reading.
func Scan(file io.Reader, want File, row func(line []byte) error) error {
	return scan(newMembers(file), want, row)
}

// Check is Scan of a part whose rows nobody wants.
func Check(file io.Reader, want File) error {
	return Scan(file, want, func([]byte) error { return nil })
}

func scan(from *members, want File, row func(line []byte) error) error {
	rows, err := lines(from, row)
	if err := from.measure.verdict(err, want); err != nil {
		return err
	}
	if rows != want.Rows {
		return &Damage{Key: want.Key, What: fmt.Sprintf("it has %d rows, published were %d", rows, want.Rows)}
	}
	return nil
}

// Measure reads a part of which nothing is known and tells what it is. One that
// cannot be read to its end is a *Damage.
func Measure(file io.Reader, key string) (File, error) {
	from := newMembers(file)
	rows, err := lines(from, func([]byte) error { return nil })
	switch {
	case from.measure.err != nil:
		return File{}, fmt.Errorf("reading %s: %w", key, from.measure.err)
	case err != nil:
		return File{}, &Damage{Key: key, What: err.Error()}
	}
	return File{Key: key, Rows: rows, Size: from.measure.size, SHA256: hex.EncodeToString(from.measure.hash.Sum(nil))}, nil
}

// members reads what a part's gzip members hold, one after another.
type members struct {
	measure *measure
	packed  *bufio.Reader // of which nothing is read that is not the member's
	gzip    *gzip.Reader  // nil before the first member, which next begins
	text    int64         // how many bytes were read
	begins  func(place)   // hears of each member, unless it is nil
}

// place is where a gzip member begins: in the file, and in what the members hold.
type place struct{ file, text int64 }

func newMembers(file io.Reader) *members {
	m := newMeasure(file)
	return &members{measure: m, packed: bufio.NewReaderSize(m, 64<<10)}
}

func (m *members) Read(b []byte) (n int, err error) {
	for n == 0 && err == nil {
		n, err = m.gzip.Read(b)
		m.text += int64(n)
		if errors.Is(err, io.EOF) {
			if _, err = m.packed.Peek(1); err == nil {
				err = m.next()
			}
		}
	}
	return n, err
}

// next begins a member. A file of nothing has none, which is an error.
func (m *members) next() (err error) {
	at := m.at()
	if m.gzip == nil {
		m.gzip, err = gzip.NewReader(m.packed)
	} else {
		err = m.gzip.Reset(m.packed)
	}
	if err != nil {
		return err
	}
	m.gzip.Multistream(false)
	if m.begins != nil {
		m.begins(place{at, m.text})
	}
	return nil
}

// at is how far the file is read.
func (m *members) at() int64 { return m.measure.size - int64(m.packed.Buffered()) }

// lines reads lines. What cannot be read is *Damage.
func lines(from *members, row func(line []byte) error) (rows int64, err error) {
	if err := from.next(); err != nil {
		return 0, &Damage{What: err.Error()}
	}
	for buffered := bufio.NewReaderSize(from, 256<<10); ; rows++ {
		line, err := readLine(buffered)
		if len(line) == 0 && errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, &Damage{What: err.Error()}
		}
		if err := row(line); err != nil {
			return rows, err
		}
	}
}

// readLine reads up to a newline, however far it is within reason.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		if errors.Is(err, io.EOF) && len(line) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return line, err
	}
	long := append([]byte(nil), line...)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(long) > maxLine {
			return nil, fmt.Errorf("a line is longer than %d bytes", maxLine)
		}
		line, err = r.ReadSlice('\n')
		long = append(long, line...)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return long, err
}

// maxLine is longer than any row that a run writes.
const maxLine = 64 << 20
