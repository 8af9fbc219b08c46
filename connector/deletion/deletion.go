// Package deletion keeps a destination free of the conversations that were
// deleted in Intercom.
//
// A reporting export has no word for a row that is gone. Intercom lists deleted
// conversations apart, with whether their rows in reporting were kept. Each sync
// reads that list before it reads rows: the last deletion first, down to what it
// knows. From it come the rows of a table of its own, a DELETE for each row whose
// whole key is a conversation's id, and the ids of which no row may be sent.
//
// No ids are remembered from one sync to the next. A row's time never comes after
// the deletion of its conversation, so that a sync which reads rows from a time on
// needs the deletions from that time on, and no others.
package deletion

import (
	"context"
	"log/slog"
	"time"

	"intercom-connector/connector/export/ids"
	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/outbox"
	"intercom-connector/connector/selection"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom/deletions"
	"intercom-connector/membership/tables"
	sdk "intercom-connector/proto"
)

// Table is a table that is told of deletions: that of the deletions, or one whose
// whole key is a conversation's id.
type Table struct {
	Name string
	// Key is the column of that id.
	Key string
	// From is from when on deletions concern rows that it may hold, where it is told
	// for the first time.
	From time.Time
}

// Reader is what the list is read with, in one sync. All of it is needed.
type Reader struct {
	Workspace *workspace.Workspace
	Selected  selection.Selection
	Out       *outbox.Outbox
	// State is that of the last sync, changed as it goes on.
	State *State
	// Tables are those to tell. Oldest is from when on the sync reads rows.
	Tables []Table
	Oldest time.Time
	// Warn tells the person something.
	Warn func(ctx context.Context, message string) error
	Log  *slog.Logger
}

// slack is how much further back the list is read than rows are: clocks and zones
// may be wrong by hours.
const slack = 24 * time.Hour

// Read reads the list, tells the tables, and adds to gone those whose rows must not
// be sent. A list that cannot be had, as where the token lacks the scope, is a
// Warning, once a day, and no more than that: its deletions are told when it can.
func (r Reader) Read(ctx context.Context, gone *ids.Set) error {
	today := plan.DayOf(r.Workspace.Now, r.Workspace.Zone).Date
	since := r.since(today)
	from := r.Oldest.Add(-slack).Unix()
	for _, t := range since {
		from = min(from, t)
	}
	rows, listed := r.Out.Rows(), 0
	for page, err := range deletions.List(ctx, r.Workspace.Client, time.Unix(from, 0)) {
		if err != nil {
			return r.failed(ctx, since, today, err)
		}
		listed += len(page)
		for _, d := range page {
			if !d.MetricsRetained {
				gone.Add(d.ConversationID)
			}
			if err := r.tell(ctx, rows, since, d); err != nil {
				return err
			}
		}
	}
	if err := rows.Flush(ctx); err != nil {
		return err
	}
	r.Log.Info("deleted conversations", "since", plan.Stamp(from), "listed", listed, "without_rows", gone.Len())
	for table := range since {
		r.State.set(table, r.Workspace.Now.Add(-plan.Lag).Unix())
	}
	r.State.Day = today
	return nil
}

// since is from when on each table is to be told: where it was told last, but once
// a day through the whole look-back.
func (r Reader) since(today string) map[string]int64 {
	all, days := map[string]int64{}, r.Workspace.Settings.LookbackDays
	for _, t := range r.Tables {
		from, known := r.State.Since[t.Name]
		if !known {
			from = t.From.Unix()
		}
		if r.State.Day != today && days > 0 {
			from = min(from, r.Workspace.Now.AddDate(0, 0, -days).Unix())
		}
		all[t.Name] = from
	}
	return all
}

// tell tells the tables of a deletion, as far as they have not been told.
func (r Reader) tell(ctx context.Context, rows *outbox.Rows, since map[string]int64, d deletions.Deletion) (err error) {
	id := outbox.Value(tables.String, d.ConversationID)
	for _, t := range r.Tables {
		switch {
		case err != nil || d.At.Unix() < since[t.Name]:
		case t.Name == Own:
			err = rows.Upsert(ctx, t.Name, r.row(d))
		case !d.MetricsRetained:
			err = rows.Delete(ctx, t.Name, map[string]*sdk.ValueType{t.Key: id})
		}
	}
	return err
}

// row is a deletion as a row of the table of deletions.
func (r Reader) row(d deletions.Deletion) map[string]*sdk.ValueType {
	values, data := []any{d.ConversationID, d.At, d.MetricsRetained}, map[string]*sdk.ValueType{}
	for i, c := range tables.Deletions().Columns {
		if c.Key || r.Selected.Column(Own, c.Name) {
			data[c.Name] = outbox.Value(c.Kind, values[i])
		}
	}
	return data
}

// failed says that the list cannot be had. Rows that the sync sends now may be of
// deleted conversations: the tables are told again from these on.
func (r Reader) failed(ctx context.Context, since map[string]int64, today string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for table, from := range since {
		r.State.set(table, min(from, r.Oldest.Add(-slack).Unix()))
	}
	if r.State.Warned == today {
		r.Log.Warn("no list of deleted conversations", "reason", err)
		return nil
	}
	r.State.Warned = today
	return r.Warn(ctx, "the list of deleted conversations cannot be had, so that their rows stay: "+err.Error())
}
