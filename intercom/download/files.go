package download

import (
	"bufio"
	"context"
	"io"
)

// Files are the CSV files of an export that is several: each of a zip or a tar,
// or the one that the body is. They come one after another as they flow, read and
// decompressed ahead as a [Stream] is. One goroutine at a time may read them.
type Files struct {
	stream *Stream
	comes  *begins // the next file, which has been met
}

// NewFiles begins to read the body, until it ends, ctx ends, or the files are
// closed.
func NewFiles(ctx context.Context, body *Body, cfg Config) *Files {
	return &Files{stream: start(ctx, body, cfg, decodeFiles)}
}

// NoFiles is an export without any.
func NoFiles() *Files { return &Files{stream: Empty()} }

// Next goes on to the next file, past what was not read of the one before. After
// the last the error is io.EOF; it is no other than that only if the body came
// whole.
func (f *Files) Next() (*File, error) {
	for f.comes == nil {
		if _, err := f.block(); err != nil && f.comes == nil {
			return nil, err
		}
	}
	file := &File{Name: f.comes.name, files: f}
	f.comes = nil
	return file, nil
}

// block gives the next bytes of the file; io.EOF where the next one or the end
// has come.
func (f *Files) block() ([]byte, error) {
	switch {
	case f.comes != nil:
		return nil, io.EOF
	case f.stream.err != nil:
		return nil, f.stream.err
	}
	b := f.stream.take()
	if f.comes = b.begins; f.comes != nil {
		return nil, io.EOF
	}
	return b.data, b.err
}

// Close stops the download and waits for its goroutine to end.
func (f *Files) Close() error { return f.stream.Close() }

// File is one of the files.
type File struct {
	// Name is the file's in its archive, folders included; empty where the body is
	// the file.
	Name  string
	files *Files
}

// Next returns the next bytes of the file, up to 128 KB that end anywhere, and
// io.EOF after the last ones. They are valid until the next call.
func (f *File) Next() ([]byte, error) { return f.files.block() }

// Ready reports that Next would not wait.
func (f *File) Ready() bool { return f.files.comes != nil || f.files.stream.Ready() }

// begins says that a file begins where other bytes would come.
type begins struct{ name string }

func (b *begins) Error() string { return "a file begins" }

// decodeFiles returns the bytes of the CSV files within src, with a *begins before
// each.
func decodeFiles(ctx context.Context, src io.Reader) (io.Reader, error) {
	br, head, err := unwrap(ctx, src)
	if err != nil {
		return nil, err
	}
	if archive := archiveOf(head, br); archive != nil {
		return &apart{next: csvsOf(ctx, archive)}, nil
	}
	return &apart{next: alone(br)}, nil
}

// alone is a file that is no archive's.
func alone(br *bufio.Reader) csvs {
	return func() (string, *bufio.Reader, error) {
		if br == nil {
			return "", nil, io.EOF
		}
		csv := br
		br = nil
		return "", csv, nil
	}
}

// apart reads CSV files one after another.
type apart struct {
	next    csvs
	current *bufio.Reader // nil between files
	err     error
}

// Read hands out the next bytes, or says that a file begins.
func (a *apart) Read(p []byte) (int, error) {
	switch {
	case a.err != nil:
		return 0, a.err
	case a.current == nil:
		var name string
		if name, a.current, a.err = a.next(); a.err != nil {
			return 0, a.err
		}
		return 0, &begins{name}
	}
	n, err := a.current.Read(p)
	if err == io.EOF {
		a.current, err = nil, nil
	}
	a.err = err
	return n, err
}
