package operator

import (
	"context"
	"errors"
	"iter"
	"time"

	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
	"intercom-connector/intercom/deletions"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/reporting"
)

// beside lands what an export does not tell and its rows are read with: which
// conversations were deleted, and who works in the workspace.
func (o *Exports) beside(ctx context.Context, l *lake.Lake, sink *reporting.Sink, w *workspace.Workspace) error {
	err := sink.TakeDeletions(ctx, reporting.Deletions{
		List: func(ctx context.Context, since time.Time) iter.Seq2[[]deletions.Deletion, error] {
			return deletions.List(ctx, w.Client, since)
		},
		Now: w.Now, LookbackDays: w.Settings.LookbackDays,
	})
	if err != nil || !w.Settings.Lookups {
		return err
	}
	return o.lookups(ctx, l, sink, w)
}

// lookups lands the teammates and teams of Intercom's present day. Nothing is said
// where the token lacks the scope; lists that cannot be had otherwise are a Warning.
func (o *Exports) lookups(ctx context.Context, l *lake.Lake, sink *reporting.Sink, w *workspace.Workspace) error {
	var listErr error
	err := sink.TakeSnapshot(ctx, w.Now.Add(max(w.Ahead, 0)), reporting.Snapshot{
		Tables: tables.Lookups(), NoPII: o.NoPII,
		Rows: func(ctx context.Context) (rows []tables.Row, err error) {
			rows, err = membership.Lookups(ctx, w.Client)
			listErr = err
			return rows, err
		},
	})
	api, ok := errors.AsType[*intercom.Error](listErr)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case listErr == nil:
		return err
	case ok && api.Forbidden():
		l.Log().Info("no teammates and teams: the token lacks the permission", "reason", listErr)
		return nil
	}
	return sink.Warn(ctx, "teammates and teams of today are not landed: "+listErr.Error())
}
