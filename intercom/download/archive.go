package download

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"intercom-connector/intercom/transport"
)

// maxHeader bounds the first line of a CSV within an archive, which is kept to
// compare the others with. It has room for thousands of columns.
const maxHeader = 4 << 20

// entries are an archive's files, in order. The error after the last one is
// io.EOF only when the archive is known to be whole. A file must be read to
// its end, or not at all, before the next is asked for.
type entries interface {
	next() (name string, content io.Reader, err error)
}

// concat reads every CSV of an archive as one CSV: the header line of the
// second and later files is dropped, and a missing newline at a file's end is
// added. A file whose header differs from the first one's is an error: its
// columns would be taken for others.
type concat struct {
	next csvs

	current *bufio.Reader // what is left of the file being read; nil between files
	pending []byte        // goes out before current
	first   string        // the first file's name
	header  []byte        // its first line, without the line's end
	last    byte          // the last byte handed out
	err     error
}

func (c *concat) Read(p []byte) (int, error) {
	for {
		n, err := c.read(p)
		if n > 0 {
			c.last = p[n-1]
		}
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
}

func (c *concat) read(p []byte) (int, error) {
	switch {
	case c.err != nil:
		return 0, c.err
	case len(c.pending) > 0:
		n := copy(p, c.pending)
		c.pending = c.pending[n:]
		return n, nil
	case c.current == nil:
		c.err = c.advance()
		return 0, c.err
	}
	n, err := c.current.Read(p)
	if err == io.EOF {
		c.current, err = nil, nil
	}
	c.err = err
	return n, err
}

// csvs gives the next CSV file at each call, io.EOF after the last. A file must be
// read to its end, or not at all, before the next is asked for.
type csvs func() (name string, content *bufio.Reader, err error)

// csvsOf are the CSV files of an archive. Files that are not named .csv or .csv.gz
// are passed over; an archive without any CSV is an error that names them.
func csvsOf(ctx context.Context, archive entries) csvs {
	met := false
	var others []string // names of what is no CSV, a few of them
	return func() (string, *bufio.Reader, error) {
		for {
			name, content, err := archive.next()
			if err == io.EOF && !met {
				err = noCSV(others)
			}
			if err != nil {
				return "", nil, err
			}
			if namesCSV(name) {
				met = true
				csv, _, err := unwrap(ctx, content)
				return name, csv, err
			}
			if len(others) < 5 {
				others = append(others, fmt.Sprintf("%q", transport.Clip(name, 100)))
			}
			if _, err := io.Copy(io.Discard, abortable(ctx, content)); err != nil {
				return "", nil, err
			}
		}
	}
}

// advance opens the archive's next CSV.
func (c *concat) advance() error {
	name, br, err := c.next()
	if err != nil {
		return err
	}
	line, err := headerLine(br)
	if err != nil {
		return fmt.Errorf("%q in the archive: %w", transport.Clip(name, 100), err)
	}
	c.current = br
	bare := bytes.TrimRight(line, "\r\n")
	switch {
	case c.first == "":
		c.first = name
		fallthrough
	case len(c.header) == 0:
		c.header, c.pending = bare, line
	case len(line) == 0:
		// An empty file has nothing to add.
	case !bytes.Equal(bare, c.header):
		// Where files come without their header, their first lines are rows.
		return transport.Refusal(fmt.Sprintf("the archive's files have different columns: the first lines of %q (%d bytes) and %q (%d bytes) differ",
			transport.Clip(c.first, 100), len(c.header), transport.Clip(name, 100), len(bare)))
	case c.last != '\n':
		c.pending = []byte("\n")
	}
	return nil
}

func noCSV(others []string) error {
	if len(others) == 0 {
		return transport.Refusal("the archive is empty: it holds no CSV")
	}
	return transport.Refusal("the archive holds no CSV, only " + strings.Join(others, ", "))
}

// namesCSV knows folders, and the side files that macOS adds to archives.
func namesCSV(name string) bool {
	if strings.HasSuffix(name, "/") {
		return false
	}
	base := path.Base(strings.ReplaceAll(strings.ToLower(name), `\`, "/"))
	return !strings.HasPrefix(base, "._") && (strings.HasSuffix(base, ".csv") || strings.HasSuffix(base, ".csv.gz"))
}

// headerLine reads a CSV's first record with its line end: newlines within
// quotes belong to it.
func headerLine(br *bufio.Reader) ([]byte, error) {
	var line []byte
	quotes := 0
	for {
		part, err := br.ReadSlice('\n')
		line = append(line, part...)
		quotes += bytes.Count(part, []byte{'"'})
		switch {
		case len(line) > maxHeader:
			return nil, transport.Refusal(fmt.Sprintf("the header line is longer than %d MB", maxHeader>>20))
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF:
			return line, nil
		case err != nil:
			return nil, err
		case quotes%2 == 0:
			return line, nil
		}
	}
}
