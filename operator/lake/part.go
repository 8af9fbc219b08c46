package lake

import (
	"context"
	"fmt"
	"io"

	"intercom-connector/connector/export/ndjson"
)

// Parts end at about this many bytes before compression: some 10 MB of file,
// which engines read in parallel, and a multiple of which they read well.
const partBytes = 64 << 20

// partWriter compresses rows into a part while the store takes it, in goroutines
// beside the one that writes.
type partWriter struct {
	key  string
	rows int64
	pipe *io.PipeWriter
	pack *ndjson.Packer
	done chan error
}

func startPart(ctx context.Context, to Store, key string) *partWriter {
	reader, pipe := io.Pipe()
	p := &partWriter{key: key, pipe: pipe, pack: ndjson.NewPacker(pipe), done: make(chan error, 1)}
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

func (p *partWriter) row(line []byte) error {
	p.rows++
	_, err := p.pack.Write(line)
	return err
}

// finish ends the part and returns it once the store has it.
func (p *partWriter) finish() (Part, error) {
	if err := p.pack.Close(); err != nil {
		p.abort(err)
		return Part{}, err
	}
	p.pipe.Close()
	return Part{Key: p.key, Rows: p.rows, Size: p.pack.Size(), SHA256: p.pack.SHA256()}, <-p.done
}

// abort makes the store forget the part.
func (p *partWriter) abort(err error) {
	p.pipe.CloseWithError(err)
	p.pack.Close() // its error is what it was aborted for
	<-p.done
}
