package folder

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

// Files of a lake that is elsewhere are brought so many at once.
const downloads = 8

// ErrNotEmpty says that there is something where a copy was to go.
var ErrNotEmpty = errors.New("it is not empty")

// Copy brings what is published in a lake that is elsewhere into a new folder, which
// then is a lake to ask. Each part is held against its publication: one that is not
// what was published is an error, since a question must not be answered without it.
func Copy(ctx context.Context, from lake.Store, publications []lake.Publication, to string) error {
	if here, err := os.ReadDir(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	} else if len(here) > 0 {
		return ErrNotEmpty
	}
	f, err := Open(to)
	if err != nil {
		return err
	}
	defer f.root.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(downloads)
	for _, p := range publications {
		for _, file := range p.Parts {
			g.Go(func() error { return bring(ctx, from, file, f.Path(file.Key)) })
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, p := range publications {
		data, err := json.Marshal(p)
		if err == nil {
			err = write(f.Path(p.Key()), func(w io.Writer) error { _, err := w.Write(append(data, '\n')); return err })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bring copies a part.
func bring(ctx context.Context, from lake.Store, file part.File, path string) error {
	source, err := from.Open(ctx, file.Key)
	if err != nil {
		return err
	}
	defer source.Close()
	return write(path, func(w io.Writer) error { return part.Check(io.TeeReader(source, w), file) })
}

// write makes a file, and the folders it is in. Nothing is forced to the disk: what is
// lost with the machine is copied again.
func write(path string, fill func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = fill(to)
	if closeErr := to.Close(); err == nil {
		err = closeErr
	}
	return err
}
