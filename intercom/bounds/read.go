package bounds

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"

	"intercom-connector/intercom/transport"
)

// AcceptEncoding is what a request says whose answer is for Read.
const AcceptEncoding = "gzip"

// Read reads an answer's body, decompressed. An answer beyond its limits is a
// transport.Refusal. The memory is the caller's until done is called.
func Read(ctx context.Context, res *http.Response, limits Limits, share Share) (body []byte, done func(), err error) {
	in, wire, err := decompressed(res)
	if err != nil {
		return nil, nil, err
	}
	done = func() {}
	defer func() {
		if err != nil {
			done()
			body, done = nil, nil
		}
	}()
	seen := shape{limits: limits}
	var read bytes.Buffer
	chunk := make([]byte, 32<<10)
	for taken := false; ; {
		n, end := in.Read(chunk)
		if err := seen.add(chunk[:n]); err != nil {
			return nil, done, err
		}
		if wire != nil && seen.bytes > few && seen.bytes > maxRatio*wire.read {
			return nil, done, refusal("more than %d times as long as what was sent for it", maxRatio)
		}
		if !taken && seen.bytes > few {
			giveBack, err := share.take(ctx, limits.Bytes)
			if err != nil {
				return nil, done, err
			}
			taken, done = true, giveBack
		}
		read.Write(chunk[:n])
		if end == io.EOF {
			return read.Bytes(), done, nil
		}
		if end != nil {
			return nil, done, fmt.Errorf("reading the answer: %w", end)
		}
	}
}

// ReadSome reads the beginning of an answer, such as an error's: as much as can
// be read, up to limit bytes.
func ReadSome(res *http.Response, limit int64) []byte {
	in, _, err := decompressed(res)
	if err != nil {
		return nil
	}
	some, _ := io.ReadAll(io.LimitReader(in, limit)) // of what cannot be read the status is left
	return some
}

// decompressed is the body as it was before it was compressed, and how much of it
// came over the wire; nil for one that was not.
func decompressed(res *http.Response) (io.Reader, *counter, error) {
	switch encoding := res.Header.Get("Content-Encoding"); strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return res.Body, nil, nil
	case "gzip", "x-gzip":
		wire := &counter{in: res.Body}
		return &gunzip{wire: wire}, wire, nil
	default:
		return nil, nil, refusal("in Content-Encoding %q, which was not asked for", transport.Clip(encoding, 60))
	}
}

// counter counts what is read through it.
type counter struct {
	in   io.Reader
	read int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.read += n
	return n, err
}

// gunzip begins with the first byte: an answer without any is empty, not broken.
type gunzip struct {
	wire *counter
	in   *gzip.Reader
}

func (g *gunzip) Read(p []byte) (n int, err error) {
	if g.in == nil {
		if g.in, err = gzip.NewReader(g.wire); err != nil {
			return 0, err
		}
	}
	return g.in.Read(p)
}
