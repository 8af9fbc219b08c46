package lake

import (
	"context"
	"errors"
	"io/fs"

	"golang.org/x/sync/errgroup"

	"intercom-connector/operator/lake/part"
)

// Scan reads a part's rows and checks that it is what was published: see
// [part.Scan].
func (l *Lake) Scan(ctx context.Context, file part.File, row func(line []byte) error) error {
	from, err := l.store.Open(ctx, file.Key)
	if err != nil {
		return err
	}
	defer from.Close()
	return part.Scan(from, file, row)
}

// scansAtOnce is how many parts are read at the same time.
const scansAtOnce = 8

// ScanDays reads the parts of some days, several at the same time. The damage of
// each, or that it is not there, is in its place; any other error ends all. rows
// gives what takes the rows of a part: each is used by one goroutine.
func (l *Lake) ScanDays(ctx context.Context, days []Publication, rows func(day int) func(line []byte) error) ([][]error, error) {
	damaged := make([][]error, len(days))
	scans, within := errgroup.WithContext(ctx)
	scans.SetLimit(scansAtOnce)
	for day, p := range days {
		damaged[day] = make([]error, len(p.Parts))
		for i, file := range p.Parts {
			scans.Go(func() error {
				err := l.Scan(within, file, rows(day))
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
	return damaged, scans.Wait()
}
