package lake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/gzip"
)

// Parts end at about this many bytes before compression: some 10 MB of file,
// which engines read in parallel, and a multiple of which they read well.
const partBytes = 64 << 20

// partWriter compresses rows into a part while the store takes it.
type partWriter struct {
	part Part
	pipe *io.PipeWriter
	gzip *gzip.Writer
	hash hash.Hash
	raw  int64
	done chan error
}

func startPart(ctx context.Context, to Store, key string) *partWriter {
	reader, pipe := io.Pipe()
	p := &partWriter{part: Part{Key: key}, pipe: pipe, hash: sha256.New(), done: make(chan error, 1)}
	p.gzip = gzip.NewWriter(p)
	go func() {
		err := to.Put(ctx, key, reader)
		reader.CloseWithError(fmt.Errorf("the store stopped reading: %w", orEOF(err)))
		p.done <- err
	}()
	return p
}

func orEOF(err error) error {
	if err == nil {
		return io.ErrClosedPipe
	}
	return err
}

// Write takes the compressed bytes: it is the gzip writer's end.
func (p *partWriter) Write(b []byte) (int, error) {
	n, err := p.pipe.Write(b)
	p.hash.Write(b[:n])
	p.part.Size += int64(n)
	return n, err
}

func (p *partWriter) row(line []byte) error {
	p.part.Rows++
	p.raw += int64(len(line))
	_, err := p.gzip.Write(line)
	return err
}

// finish ends the part and returns it once the store has it.
func (p *partWriter) finish() (Part, error) {
	if err := p.gzip.Close(); err != nil {
		p.abort(err)
		return Part{}, err
	}
	p.pipe.Close()
	p.part.SHA256 = hex.EncodeToString(p.hash.Sum(nil))
	return p.part, <-p.done
}

// abort makes the store forget the part.
func (p *partWriter) abort(err error) {
	p.pipe.CloseWithError(err)
	<-p.done
}
