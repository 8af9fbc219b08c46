package lake

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"golang.org/x/sync/errgroup"

	"intercom-connector/operator/lake/part"
)

// Scan reads a part's rows and checks that it is what was published: see
// [part.Scan].
func (l *Lake) Scan(ctx context.Context, file part.File, row func(line []byte) error) error {
	return l.readPart(ctx, file, func(from io.Reader) error { return part.Scan(from, file, row) })
}

// scansAtOnce is how many parts are read at the same time.
const scansAtOnce = 8

// ReadParts reads the parts of some days, several at the same time, each by a function
// that is told which part of which day it is. The damage of each, or that it is not
// there, is in its place; any other error ends all.
func (l *Lake) ReadParts(ctx context.Context, days []Publication, read func(day, i int, from io.Reader) error) ([][]error, error) {
	damaged := make([][]error, len(days))
	reads, within := errgroup.WithContext(ctx)
	reads.SetLimit(scansAtOnce)
	for day, p := range days {
		damaged[day] = make([]error, len(p.Parts))
		for i, file := range p.Parts {
			reads.Go(func() error {
				err := l.readPart(within, file, func(from io.Reader) error { return read(day, i, from) })
				if errors.Is(err, fs.ErrNotExist) {
					err = &part.Damage{Key: file.Key, What: "it is published but not there"}
				}
				if errors.As(err, new(*part.Damage)) {
					damaged[day][i] = err
					return nil
				}
				return err
			})
		}
	}
	return damaged, reads.Wait()
}

// Check reads the parts of some days and tells the damage of each: see [Lake.ReadParts].
func (l *Lake) Check(ctx context.Context, days []Publication) ([][]error, error) {
	return l.ReadParts(ctx, days, func(day, i int, from io.Reader) error { return part.Check(from, days[day].Parts[i]) })
}

func (l *Lake) readPart(ctx context.Context, file part.File, read func(io.Reader) error) error {
	from, err := l.store.Open(ctx, file.Key)
	if err != nil {
		return err
	}
	defer from.Close()
	return read(from)
}
