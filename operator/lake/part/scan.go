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

func (m *measure) Read(b []byte) (int, error) {
	n, err := m.from.Read(b)
	m.hash.Write(b[:n])
	m.size += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		m.err = err
	}
	return n, err
}

// Scan reads a part's rows and then checks that it is what was published. Each
// line holds its newline and is valid until the next. What is wrong with the part
// is a *Damage; an error that row returns ends the reading.
func Scan(file io.Reader, want File, row func(line []byte) error) error {
	from := &measure{from: file, hash: sha256.New()}
	rows, err := lines(from, row)
	if err == nil || errors.As(err, new(*Damage)) {
		_, copyErr := io.Copy(io.Discard, from) // the rest, for size and checksum
		err = errors.Join(err, copyErr)
	}
	if from.err != nil {
		return fmt.Errorf("reading %s: %w", want.Key, from.err)
	}
	bad := func(format string, args ...any) error {
		return &Damage{Key: want.Key, What: fmt.Sprintf(format, args...)}
	}
	switch sum := hex.EncodeToString(from.hash.Sum(nil)); {
	case err != nil && !errors.As(err, new(*Damage)):
		return err
	case from.size != want.Size:
		return bad("it has %d bytes, published were %d", from.size, want.Size)
	case sum != want.SHA256:
		return bad("its sha256 is %s, published was %s", sum, want.SHA256)
	case err != nil:
		return bad("%v", err)
	case rows != want.Rows:
		return bad("it has %d rows, published were %d", rows, want.Rows)
	}
	return nil
}

// Measure reads a part of which nothing is known and tells what it is. One that
// cannot be read to its end is a *Damage.
func Measure(file io.Reader, key string) (File, error) {
	from := &measure{from: file, hash: sha256.New()}
	rows, err := lines(from, func([]byte) error { return nil })
	switch {
	case from.err != nil:
		return File{}, fmt.Errorf("reading %s: %w", key, from.err)
	case err != nil:
		return File{}, &Damage{Key: key, What: err.Error()}
	}
	_, err = io.Copy(io.Discard, from)
	return File{Key: key, Rows: rows, Size: from.size, SHA256: hex.EncodeToString(from.hash.Sum(nil))}, err
}

// lines reads gzipped lines. What cannot be read is *Damage.
func lines(from io.Reader, row func(line []byte) error) (rows int64, err error) {
	z, err := gzip.NewReader(from)
	if err != nil {
		return 0, &Damage{What: err.Error()}
	}
	defer z.Close()
	for buffered := bufio.NewReaderSize(z, 256<<10); ; rows++ {
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
