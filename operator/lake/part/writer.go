package part

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"intercom-connector/connector/export/ndjson"
)

// Putter is a store as far as a writer needs it.
type Putter interface {
	Put(ctx context.Context, key string, r io.Reader) error
}

// Writer compresses lines into a part while the store takes it, in goroutines
// beside the one that writes. It must be ended by Finish or Abort.
type Writer struct {
	key  string
	rows int64
	up   upload
	pack *ndjson.Packer
}

// Start begins a part under a key.
func Start(ctx context.Context, to Putter, key string) *Writer {
	up := begin(ctx, to, key)
	return &Writer{key: key, up: up, pack: ndjson.NewPacker(up.pipe)}
}

// upload is a file that a store takes while it is written.
type upload struct {
	pipe *io.PipeWriter
	done chan error
}

func begin(ctx context.Context, to Putter, key string) upload {
	reader, pipe := io.Pipe()
	up := upload{pipe, make(chan error, 1)}
	go func() {
		err := to.Put(ctx, key, reader)
		reader.CloseWithError(fmt.Errorf("the store stopped reading: %w", cmp.Or(err, io.ErrClosedPipe)))
		up.done <- err
	}()
	return up
}

// end ends the file, or makes the store forget it where there was an error. It
// returns that of the store.
func (u upload) end(err error) error {
	u.pipe.CloseWithError(err)
	return <-u.done
}

// Line writes a row, which ends with its newline.
func (w *Writer) Line(line []byte) error {
	w.rows++
	_, err := w.pack.Write(line)
	return err
}

// Finish ends the part and returns it once the store has it.
func (w *Writer) Finish() (File, error) {
	if err := w.pack.Close(); err != nil {
		w.Abort(err)
		return File{}, err
	}
	return File{Key: w.key, Rows: w.rows, Size: w.pack.Size(), SHA256: w.pack.SHA256()}, w.up.end(nil)
}

// Abort makes the store forget the part.
func (w *Writer) Abort(err error) {
	w.up.pipe.CloseWithError(err)
	w.pack.Close() // its error is what it was aborted for
	<-w.up.done
}
