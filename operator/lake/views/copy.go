package views

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

// Downloads of a lake that is elsewhere run so many at once.
const downloads = 8

// Copy brings the published parts of a lake that is elsewhere into a folder, each held
// against its publication, and says where they are. A part that is not what was
// published is an error: a question must not be answered without it.
func Copy(ctx context.Context, from lake.Store, publications []lake.Publication, folder string) (locate func(key string) string, err error) {
	locate = func(key string) string { return filepath.Join(folder, filepath.FromSlash(key)) }
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(downloads)
	for _, p := range publications {
		for _, file := range p.Parts {
			g.Go(func() error { return bring(ctx, from, file, locate(file.Key)) })
		}
	}
	return locate, g.Wait()
}

func bring(ctx context.Context, from lake.Store, file part.File, path string) error {
	source, err := from.Open(ctx, file.Key)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = part.Check(io.TeeReader(source, to), file)
	if closeErr := to.Close(); err == nil {
		err = closeErr
	}
	return err
}
