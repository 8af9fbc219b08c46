package lake

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"
)

// damage is what a part is not as its publication says. Errors of reading it
// that are of the store's making are not damage.
type damage struct {
	key, what string
}

func (d *damage) Error() string { return d.key + ": " + d.what }

// partReader reads a part and takes its measure.
type partReader struct {
	from io.Reader
	hash hash.Hash
	size int64
	err  error // of the store
}

func (p *partReader) Read(b []byte) (int, error) {
	n, err := p.from.Read(b)
	p.hash.Write(b[:n])
	p.size += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		p.err = err
	}
	return n, err
}

// Scan reads a part's rows and then checks that it is what was published. Each
// line holds its newline and is valid until the next. The part's damage is a
// *damage.
func (l *Lake) Scan(ctx context.Context, part Part, row func(line []byte) error) error {
	file, err := l.store.Open(ctx, part.Key)
	if err != nil {
		return err
	}
	defer file.Close()
	from := &partReader{from: file, hash: sha256.New()}
	rows, err := lines(from, row)
	if err == nil || errors.As(err, new(*damage)) {
		_, copyErr := io.Copy(io.Discard, from) // the rest, for size and checksum
		err = errors.Join(err, copyErr)
	}
	if from.err != nil {
		return fmt.Errorf("reading %s: %w", part.Key, from.err)
	}
	bad := func(format string, args ...any) error { return &damage{part.Key, fmt.Sprintf(format, args...)} }
	switch sum := hex.EncodeToString(from.hash.Sum(nil)); {
	case err != nil && !errors.As(err, new(*damage)):
		return err
	case from.size != part.Size:
		return bad("it has %d bytes, published were %d", from.size, part.Size)
	case sum != part.SHA256:
		return bad("its sha256 is %s, published was %s", sum, part.SHA256)
	case err != nil:
		return bad("%v", err)
	case rows != part.Rows:
		return bad("it has %d rows, published were %d", rows, part.Rows)
	}
	return nil
}

// scansAtOnce is how many parts are read at the same time.
const scansAtOnce = 8

// scanAll reads the parts of some days, several at the same time. The damage of
// each, or that it is not there, is in its place; any other error ends all. rows
// gives what takes the rows of a part: each is used by one goroutine.
func (l *Lake) scanAll(ctx context.Context, days []Publication, rows func(day int) func(line []byte) error) ([][]error, error) {
	damaged := make([][]error, len(days))
	scans, within := errgroup.WithContext(ctx)
	scans.SetLimit(scansAtOnce)
	for day, p := range days {
		damaged[day] = make([]error, len(p.Parts))
		for i, part := range p.Parts {
			scans.Go(func() error {
				err := l.Scan(within, part, rows(day))
				if errors.Is(err, fs.ErrNotExist) {
					err = &damage{part.Key, "it is published but not there"}
				}
				if errors.As(err, new(*damage)) {
					damaged[day][i] = err
					return nil
				}
				return err
			})
		}
	}
	return damaged, scans.Wait()
}

// lines reads gzipped lines. What cannot be read is *damage.
func lines(from io.Reader, row func(line []byte) error) (rows int64, err error) {
	z, err := gzip.NewReader(from)
	if err != nil {
		return 0, &damage{what: err.Error()}
	}
	defer z.Close()
	for buffered := bufio.NewReaderSize(z, 256<<10); ; rows++ {
		line, err := readLine(buffered)
		if len(line) == 0 && errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, &damage{what: err.Error()}
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
