package connector

import (
	"context"
	"slices"
	"time"

	"intercom-connector/connector/deletion"
	"intercom-connector/connector/export"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/plan"
	"intercom-connector/membership/tables"
)

// conversationID is the attribute that tells whose a row is.
const conversationID = "conversation_id"

// conversationColumn is the column of a table that tells whose its rows are; nil
// if none does.
func conversationColumn(t *dataset.Table) *dataset.Column {
	i := slices.IndexFunc(t.Columns, func(c dataset.Column) bool { return c.Own && c.Attribute.ID == conversationID })
	if i < 0 {
		return nil
	}
	return &t.Columns[i]
}

// tablesToTell are the selected tables that are told of deletions: that of the
// deletions, and those whose rows a conversation's id is enough to find. A table
// that has never been read holds nothing yet.
func (s *syncRun) tablesToTell(selected []dataset.Selected, states, landed map[string]*plan.State) []deletion.Table {
	var told []deletion.Table
	now := s.workspace.Now
	own := deletion.Table{Name: tables.Deleted, From: now.Add(-plan.Lag)}
	for _, t := range selected {
		floor := time.Unix(states[t.Table.Dataset].Floor, 0)
		if floor.Before(own.From) {
			own.From = floor
		}
		column := conversationColumn(t.Table)
		if column == nil || t.Table.Occurrence || !slices.Equal(t.Table.Key(), []string{column.Name}) {
			continue
		}
		if landed[t.Table.Dataset] == nil {
			floor = now.Add(-plan.Lag)
		}
		told = append(told, deletion.Table{Name: t.Table.Name, Key: column.Name, From: floor})
	}
	if s.selected.Table(tables.Deleted) {
		told = append(told, own)
	}
	return told
}

// readDeletions reads which conversations were deleted, before rows are read: a
// row of one of them that came later would bring it back.
func (s *syncRun) readDeletions(ctx context.Context) error {
	if s.state.Deletions == nil {
		s.state.Deletions = &deletion.State{}
	}
	err := deletion.Reader{
		Workspace: s.workspace, Selected: s.selected, Out: s.out, State: s.state.Deletions,
		Tables: s.told, Oldest: s.run.Oldest(),
		Warn: func(ctx context.Context, message string) error { return s.warn(ctx, "%s", message) }, Log: s.log,
	}.Read(ctx, &s.deleted)
	if err != nil {
		return err
	}
	return s.checkpoint(ctx)
}

// deletedIn says which of a table's rows are of deleted conversations; nil where
// the table does not say whose its rows are.
func (s *syncRun) deletedIn(t export.Table) *csv.Deleted {
	i := slices.IndexFunc(s.tables.Tables, func(of *dataset.Table) bool { return of.Dataset == t.Dataset })
	if i < 0 {
		return nil
	}
	column := conversationColumn(s.tables.Tables[i])
	if column == nil {
		return nil
	}
	j := slices.IndexFunc(t.CSV.Columns, func(c csv.Column) bool { return c.Name == column.Name })
	if j < 0 || t.CSV.Columns[j].Field == csv.Absent {
		return nil
	}
	return &csv.Deleted{Field: t.CSV.Columns[j].Field, IDs: &s.deleted}
}
