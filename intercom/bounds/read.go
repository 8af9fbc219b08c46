package bounds

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"

	"intercom-connector/intercom/transport"
)

// Reader is an answer's body, decompressed, as it comes. It ends with an error where
// the answer is beyond its limits; what comes out of it is within them.
type Reader struct {
	in    io.Reader
	wire  *counter // nil for what was not compressed
	seen  shape
	room  func() (giveBack func(), err error)
	taken func() // gives the room back; nil while none is taken
	err   error
}

// Open opens an answer's body. Done must be called when what was made of it is small.
func Open(ctx context.Context, res *http.Response, limits Limits, share Share) (*Reader, error) {
	in, wire, err := decompressed(res)
	if err != nil {
		return nil, err
	}
	return &Reader{in: in, wire: wire, seen: shape{limits: limits}, room: func() (func(), error) { return share.take(ctx, limits.Bytes) }}, nil
}

func (r *Reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.in.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("reading the answer: %w", err)
	}
	if refused := r.admit(p[:n]); refused != nil {
		n, err = 0, refused
	}
	r.err = err
	return n, err
}

// admit counts what came, and waits for room where it is more than a little.
func (r *Reader) admit(p []byte) (err error) {
	if err := r.seen.add(p); err != nil {
		return err
	}
	if r.seen.bytes <= few {
		return nil
	}
	if r.wire != nil && r.seen.bytes > maxRatio*r.wire.read {
		return refusal("more than %d times as long as what was sent for it", maxRatio)
	}
	if r.taken == nil {
		r.taken, err = r.room()
	}
	return err
}

// Err is why the answer could not be read to its end; nil where it could, or nobody
// has yet.
func (r *Reader) Err() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

// Bytes is how many have come out so far.
func (r *Reader) Bytes() int { return r.seen.bytes }

// Done gives the room back.
func (r *Reader) Done() {
	if r.taken != nil {
		r.taken()
		r.taken = nil
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
