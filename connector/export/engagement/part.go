package engagement

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode"

	"intercom-connector/connector/export/csv"
	"intercom-connector/intercom/download"
)

// maxHeader is how long a file's header may be: thousands of names.
const maxHeader = 4 << 20

// part is a file of a result whose header was read. A stream, such as that of
// receipts, may come in several, one after another.
type part struct {
	stream string // receipt, open, click, …; "" where nothing names it
	names  []string
	head   []byte // what was read of it, from the row after the header on
	header []byte
	ended  bool // head is all
	file   *download.File
}

// nextPart opens the next file that is not empty; io.EOF after the last.
func nextPart(files *download.Files) (*part, error) {
	for {
		file, err := files.Next()
		if err != nil {
			return nil, err
		}
		p := &part{stream: streamOf(file.Name), file: file}
		if err := p.readHeader(); err != nil {
			return nil, err
		}
		if p.names != nil {
			return p, nil
		}
	}
}

func (p *part) readHeader() error {
	for p.names == nil && !p.ended {
		block, err := p.file.Next()
		p.head = append(p.head, block...)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		p.ended = err != nil
		names, length, err := csv.Names(p.head, p.ended)
		switch {
		case err != nil:
			return fmt.Errorf("the header of a file of an export of messages: %w", err)
		case length > 0:
			p.names, p.header, p.head = names, p.head[:length:length], p.head[length:]
		case len(p.head) > maxHeader:
			return fmt.Errorf("the header of a file of an export of messages is longer than %d MB", maxHeader>>20)
		}
	}
	return nil
}

// streamOf is what a file is about by its name: the part before the first date or
// number.
func streamOf(name string) string {
	base := path.Base(strings.ReplaceAll(strings.ToLower(name), `\`, "/"))
	base, _, _ = strings.Cut(base, ".csv")
	if i := strings.IndexFunc(base, unicode.IsDigit); i >= 0 {
		base = base[:i]
	}
	return strings.Trim(base, "_-. ")
}

// receipts says whether a file is one of receipts: by its name, or where it has
// none by its columns.
func (p *part) receipts() bool {
	switch p.stream {
	case "receipt", "receipts":
		return true
	case "":
		return slices.Contains(p.names, receivedAt)
	}
	return false
}

// about is what a file is of, for people.
func (p *part) about() string {
	if p.receipts() {
		return "receipts"
	}
	return fmt.Sprintf("the event %q", p.stream)
}

// parts are the files of one stream as one CSV.
type parts struct {
	files   *download.Files
	current *part
	queue   [][]byte // what goes out before the current file's
	last    byte     // that went out
	next    *part    // of another stream; nil at the end
	err     error    // what ended the stream
}

func newParts(files *download.Files, first *part) *parts {
	return &parts{files: files, current: first, queue: [][]byte{first.header, first.head}}
}

func (p *parts) Next() ([]byte, error) {
	for p.err == nil {
		if len(p.queue) > 0 {
			block := p.queue[0]
			p.queue = p.queue[1:]
			return p.keepLast(block), nil
		}
		if p.current.ended {
			p.err = p.advance()
			continue
		}
		block, err := p.current.file.Next()
		if errors.Is(err, io.EOF) {
			p.current.ended, err = true, nil
		}
		p.err = err
		if len(block) > 0 {
			return p.keepLast(block), nil
		}
	}
	return nil, p.err
}

func (p *parts) keepLast(block []byte) []byte {
	if len(block) > 0 {
		p.last = block[len(block)-1]
	}
	return block
}

// advance goes on to the next file if it is of the stream.
func (p *parts) advance() error {
	next, err := nextPart(p.files)
	if err != nil {
		return err
	}
	if next.stream != p.current.stream {
		p.next = next
		return io.EOF
	}
	if !bytes.Equal(bytes.TrimSpace(next.header), bytes.TrimSpace(p.current.header)) {
		return fmt.Errorf("the files of %q in an export of messages have different columns", next.stream)
	}
	if p.last != '\n' {
		p.queue = append(p.queue, []byte("\n"))
	}
	p.current, p.queue = next, append(p.queue, next.head)
	return nil
}

// following is the first file of the next stream, when this one was read; io.EOF
// after the last.
func (p *parts) following() (*part, error) {
	if p.next != nil {
		return p.next, nil
	}
	return nil, p.err
}

func (p *parts) Ready() bool {
	return p.err != nil || len(p.queue) > 0 || !p.current.ended && p.current.file.Ready()
}
