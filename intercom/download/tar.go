package download

import (
	"archive/tar"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"intercom-connector/intercom/transport"
)

const (
	tarBlock = 512
	// Writers of tar pad to a record of 10 KB, or to a tape's, which is larger.
	maxTarPadding = 4 << 20
)

// isTar checks a tar header's checksum, which all of tar's dialects have. A
// first block of zeros is an archive without entries.
func isTar(head []byte) bool {
	if len(head) < tarBlock {
		return false
	}
	const from, to = 148, 156
	want, err := strconv.ParseInt(strings.Trim(string(head[from:to]), " \x00"), 8, 64)
	if err != nil {
		return len(bytes.Trim(head, "\x00")) == 0
	}
	sum := int64(0)
	for i, b := range head[:tarBlock] {
		if i >= from && i < to {
			b = ' '
		}
		sum += int64(b)
	}
	return sum == want
}

// tarStream reads a tar archive's files.
type tarStream struct {
	tar *tar.Reader
	end *tarEnd
}

func newTarStream(br *bufio.Reader) *tarStream {
	end := &tarEnd{r: br}
	return &tarStream{tar: tar.NewReader(end), end: end}
}

func (t *tarStream) next() (string, io.Reader, error) {
	for {
		header, err := t.tar.Next()
		if header == nil {
			if err == io.EOF {
				err = t.end.finish()
			}
			return "", nil, err
		}
		// An error beside a header is about an unsafe name. Names matter to
		// nobody here: nothing is written to disk.
		switch header.Typeflag {
		case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
			return header.Name, t.tar, nil
		case tar.TypeDir, tar.TypeXGlobalHeader:
			continue
		}
		if namesCSV(header.Name) {
			return "", nil, transport.Refusal(fmt.Sprintf("tar: %q is a link or a device, not a file", transport.Clip(header.Name, 100)))
		}
	}
}

// tarEnd tells a tar archive that ends from one that was cut off between two
// files, which archive/tar takes for an end: by the block of zeros that closes it.
type tarEnd struct {
	r     io.Reader
	zeros int // at the end of what was read so far
}

func (t *tarEnd) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	tail := len(p[:n]) - len(bytes.TrimRight(p[:n], "\x00"))
	if tail < n {
		t.zeros = 0
	}
	t.zeros += tail
	return n, err
}

// finish reads what follows the archive's end, so that a checksum around the
// archive is verified. Only zeros may follow: tar pads to the size of a record.
func (t *tarEnd) finish() error {
	if t.zeros < tarBlock {
		return fmt.Errorf("tar: %w", io.ErrUnexpectedEOF)
	}
	p := make([]byte, 4<<10)
	for padding := 0; ; {
		n, err := t.r.Read(p)
		padding += n
		if len(bytes.Trim(p[:n], "\x00")) > 0 || padding > maxTarPadding {
			return transport.Refusal("tar: there is data after the archive's end")
		}
		if err != nil {
			return err
		}
	}
}
