package operator

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"intercom-connector/membership"
	"intercom-connector/operator/lake"
)

// left lists the stages that are still to be read.
func left(s membership.State, tables []string) []membership.Stage {
	return slices.DeleteFunc(membership.StagesFor(tables), func(stage membership.Stage) bool {
		_, done := s.Done[stage]
		return done
	})
}

// inStages runs those stages at the same time that stand alone, and then those
// that build on them. A stage that is over does not cut off the others: each ends
// at its own place. Nor does one whose failure is its own: the others are read
// whole, and the error is a *failedStages.
func inStages(ctx context.Context, stages []membership.Stage, run func(context.Context, membership.Stage) error) error {
	var over atomic.Bool
	var failed failedStages
	middle, within := errgroup.WithContext(ctx)
	for _, stage := range stages {
		if stage != membership.Segments && stage != membership.Snapshot {
			middle.Go(func() error {
				err := run(within, stage)
				if errors.Is(err, membership.ErrOver) {
					over.Store(true)
					return nil
				}
				if alone, ok := errors.AsType[*membership.StageError](err); ok && alone.Alone() {
					failed.add(err)
					return nil
				}
				return err
			})
		}
	}
	if err := middle.Wait(); err != nil {
		return err
	}
	switch {
	case len(failed.errs) > 0:
		return &failed
	case over.Load():
		return membership.ErrOver
	}
	for _, stage := range []membership.Stage{membership.Segments, membership.Snapshot} {
		if slices.Contains(stages, stage) {
			if err := run(ctx, stage); err != nil {
				return err
			}
		}
	}
	return nil
}

// failedStages are stages that could not be read, while the others were.
type failedStages struct {
	mu   sync.Mutex
	errs []error
}

func (f *failedStages) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errs = append(f.errs, err)
}

func (f *failedStages) Error() string { return errors.Join(f.errs...).Error() }

func (f *failedStages) Unwrap() []error { return f.errs }

// idsNeeded lists the tables, never published, of the ids that whoever goes on
// with a stage needs to know. The first table of a stage has a row for all that
// its list has met.
func idsNeeded(tables []string) (ids []string) {
	for _, stage := range membership.StagesFor(tables) {
		if first := stage.Tables()[0]; !slices.Contains(tables, first) && stage != membership.Segments {
			ids = append(ids, lake.IDsOf(first))
		}
	}
	return ids
}
