package operator

import (
	"context"
	"iter"
	"time"

	"intercom-connector/connector/workspace"
	"intercom-connector/intercom/deletions"
	"intercom-connector/operator/reporting"
)

// deletions lands which conversations were deleted, before rows are read.
func (o *Exports) deletions(ctx context.Context, sink *reporting.Sink, w *workspace.Workspace) error {
	return sink.TakeDeletions(ctx, reporting.Deletions{
		List: func(ctx context.Context, since time.Time) iter.Seq2[[]deletions.Deletion, error] {
			return deletions.List(ctx, w.Client, since)
		},
		Now: w.Now, LookbackDays: w.Settings.LookbackDays,
	})
}
