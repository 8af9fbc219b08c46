package operator

import (
	"context"
	"errors"
	"slices"
	"strings"

	"intercom-connector/connector/export"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/connector/workspace"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/reporting"
)

// engagement prepares the landing of message engagement; nil where nobody wants it.
func (o *Exports) engagement(ctx context.Context, l *lake.Lake, sink *reporting.Sink, w *workspace.Workspace) (*reporting.Engagement, error) {
	if !w.Settings.Engagement {
		return nil, nil
	}
	since, given := o.since(w)
	c := engagement.Config{
		Client: w.Client, Now: w.Now, Zone: w.Zone, Clock: l.Now, LookbackDays: w.Settings.LookbackDays,
		Log: o.Log, Bug: o.Bug,
	}
	if o.NoPII {
		c.Wanted = impersonalOfMessage
	}
	return sink.NewEngagement(ctx, c, since, given)
}

// impersonalOfMessages are the columns of message engagement that are not about
// persons by themselves, beside the times of what happened first.
var impersonalOfMessages = strings.Fields(`receipt_id received_at user_id company_id company_external_id ruleset_id content_id content_type content_title
	created_via ruleset_version_id conversation_id series_id series_title node_id event occurred_at`)

// impersonalOfMessage reports whether a column of message engagement stays where
// nothing about persons is wanted. Without a name it is the table itself.
func impersonalOfMessage(_, column string) bool {
	return column == "" || slices.Contains(impersonalOfMessages, column) || strings.HasPrefix(column, "first_")
}

// read reads the datasets, and then message engagement, whose job runs meanwhile. What
// goes wrong with the latter alone is an error of its own.
func read(ctx context.Context, datasets *export.Run, messages *reporting.Engagement) (messagesErr, err error) {
	if messages == nil {
		return nil, datasets.Do(ctx)
	}
	defer messages.Close(ctx)
	if err := messages.Run.Begin(ctx); err != nil {
		return nil, err
	}
	if err := datasets.Do(ctx); err != nil {
		return nil, err
	}
	err = messages.Run.Do(ctx)
	if errors.Is(err, export.ErrStop) || ctx.Err() != nil {
		return nil, err
	}
	return err, nil
}
