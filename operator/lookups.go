package operator

import (
	"context"
	"errors"

	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
	"intercom-connector/membership/lookups"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/reporting"
)

// lookups lands the teammates and teams of Intercom's present day. Nothing is said
// where the token lacks the scope; lists that cannot be had otherwise are a Warning.
func (o *Exports) lookups(ctx context.Context, l *lake.Lake, sink *reporting.Sink, w *workspace.Workspace) error {
	if !w.Settings.Lookups {
		return nil
	}
	var listErr error
	err := sink.TakeSnapshot(ctx, w.Now.Add(max(w.Ahead, 0)), reporting.Snapshot{
		Tables: tables.Lookups(), NoPII: o.NoPII,
		Rows: func(ctx context.Context) (rows []tables.Row, err error) {
			rows, err = lookups.Read(ctx, w.Client)
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
