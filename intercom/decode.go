package intercom

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A download's form is documented as CSV, as gzip and as .tgz, and headers are
// no guide to it, so the bytes decide. Everything is decoded as it flows: what
// a decoder holds does not depend on the size of the body or of its content.

const (
	decodeBuffer = 64 << 10
	// lookBuffer is for a look at what comes; reading goes past it.
	lookBuffer = 4 << 10
	// Content-Encoding: gzip around a gzip file makes two layers. More than
	// maxLayers is a bomb.
	maxLayers = 4
	tarBlock  = 512
	// Writers of tar pad to a record of 10 KB, or to a tape's, which is larger.
	maxTarPadding = 4 << 20
)

// decode returns the CSV bytes within src. Its reader fails, rather than ends,
// when the body is cut off, damaged or not of a known form; ctx ends it even
// when src has nothing more to read.
func decode(ctx context.Context, src io.Reader) (io.Reader, error) {
	br, head, err := unwrap(ctx, src)
	switch {
	case err != nil:
		return nil, err
	case isZip(head):
		return &concat{ctx: ctx, archive: newZipStream(ctx, br)}, nil
	case isTar(head):
		return &concat{ctx: ctx, archive: newTarStream(ctx, br)}, nil
	}
	return br, nil
}

// unwrap removes layers of gzip and a byte order mark. It returns the content
// and a look at its beginning.
func unwrap(ctx context.Context, src io.Reader) (*bufio.Reader, []byte, error) {
	size := decodeBuffer
	for layer := 0; ; layer++ {
		br := bufio.NewReaderSize(&abortable{ctx, src}, size)
		head, err := br.Peek(tarBlock)
		if len(head) == 0 && err != nil && err != io.EOF {
			return nil, nil, err // with a head, the error comes again after it
		}
		if isGzip(head) {
			if layer == maxLayers {
				return nil, nil, refusal("the download is gzip within gzip, more than " + strconv.Itoa(maxLayers) + " times")
			}
			if src, err = newGunzip(br); err != nil {
				return nil, nil, err
			}
			size = lookBuffer
			continue
		}
		if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
			br.Discard(3) // cannot fail: they were just seen
		}
		return br, head, nil
	}
}

func isGzip(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1f, 0x8b}) }

// isZip also knows an archive without entries, to name it in an error.
func isZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

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

// abortable ends a reader with its context. A small body that expands without
// measure is thereby ended too, although it no longer touches the network.
type abortable struct {
	ctx context.Context
	r   io.Reader
}

func (a *abortable) Read(p []byte) (int, error) {
	if a.ctx.Err() != nil {
		return 0, ended(a.ctx)
	}
	return a.r.Read(p)
}

// entries are an archive's files, in order. The error after the last one is
// io.EOF only when the archive is known to be whole. A file must be read to
// its end, or not at all, before the next is asked for.
type entries interface {
	next() (name string, content io.Reader, err error)
}

// tarStream reads a tar archive's files.
type tarStream struct {
	tar *tar.Reader
	end *tarEnd
}

func newTarStream(ctx context.Context, br *bufio.Reader) *tarStream {
	end := &tarEnd{r: &abortable{ctx, br}}
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
			return "", nil, refusal(fmt.Sprintf("tar: %q is a link or a device, not a file", clip(header.Name, 100)))
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
			return refusal("tar: there is data after the archive's end")
		}
		if err != nil {
			return err
		}
	}
}
