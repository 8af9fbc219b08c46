package connector

import (
	"context"
	"slices"

	"intercom-connector/connector/deletion"
	"intercom-connector/connector/export"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
)

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
	column := deletion.ConversationColumn(s.tables.Tables[i])
	if column == nil {
		return nil
	}
	j := slices.IndexFunc(t.CSV.Columns, func(c csv.Column) bool { return c.Name == column.Name })
	if j < 0 || t.CSV.Columns[j].Field == csv.Absent {
		return nil
	}
	return &csv.Deleted{Field: t.CSV.Columns[j].Field, IDs: &s.deleted}
}
