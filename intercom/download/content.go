package download

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strconv"

	"intercom-connector/intercom/transport"
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
)

// decode returns the CSV bytes within src. Its reader fails, rather than ends,
// when the body is cut off, damaged or not of a known form; ctx ends it even
// when src has nothing more to read.
func decode(ctx context.Context, src io.Reader) (io.Reader, error) {
	br, head, err := unwrap(ctx, src)
	if err != nil {
		return nil, err
	}
	if archive := archiveOf(head, br); archive != nil {
		return &concat{next: csvsOf(ctx, archive)}, nil
	}
	return br, nil
}

// archiveOf is the archive that begins with head; nil if none does.
func archiveOf(head []byte, br *bufio.Reader) entries {
	switch {
	case isZip(head):
		return newZipStream(br)
	case isTar(head):
		return newTarStream(br)
	}
	return nil
}

// unwrap removes layers of gzip and a byte order mark. It returns the content
// and a look at its beginning.
func unwrap(ctx context.Context, src io.Reader) (*bufio.Reader, []byte, error) {
	size := decodeBuffer
	for layer := 0; ; layer++ {
		br := bufio.NewReaderSize(abortable(ctx, src), size)
		head, err := br.Peek(tarBlock)
		if len(head) == 0 && err != nil && err != io.EOF {
			return nil, nil, err // with a head, the error comes again after it
		}
		if isGzip(head) {
			if layer == maxLayers {
				return nil, nil, transport.Refusal("the download is gzip within gzip, more than " + strconv.Itoa(maxLayers) + " times")
			}
			if src, err = newGunzip(br); err != nil {
				return nil, nil, err
			}
			size = lookBuffer
			continue
		}
		if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
			return nil, nil, transport.Refusal("the download is UTF-16, and not UTF-8")
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

// abortable ends a reader with its context. A small body that expands without
// measure is thereby ended too, although it no longer touches the network.
func abortable(ctx context.Context, r io.Reader) io.Reader {
	return read(func(p []byte) (int, error) {
		if ctx.Err() != nil {
			return 0, transport.Ended(ctx)
		}
		return r.Read(p)
	})
}

// read is a reader by its one function.
type read func([]byte) (int, error)

func (r read) Read(p []byte) (int, error) { return r(p) }
