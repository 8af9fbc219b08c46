package tester

import (
	"context"
	"fmt"
	"io"
	"time"

	"intercom-connector/internal/terminal"
	"intercom-connector/tester/query"
	"intercom-connector/tester/warehouse"
)

// Counts are the operations that a connector sent in one sync.
type Counts struct {
	Upserts, Updates, Deletes, Truncates, SchemaChanges, Checkpoints int64
}

// Records are the operations that bring or take a row.
func (c Counts) Records() int64 { return c.Upserts + c.Updates + c.Deletes }

// Summary is what one sync did.
type Summary struct {
	Jobs         int64 // export jobs that the connector told of
	Counts       Counts
	Warnings     int64
	WarningTexts []string // each different one once, at most 1,000
	Dropped      int64    // records after the last checkpoint of a sync that failed
	Duration     time.Duration
	Tables       []TableSummary
	Widenings    []warehouse.Widening
}

// TableSummary is a table after the sync.
type TableSummary struct {
	Schema, Name string // as in the warehouse
	Received     int64  // records of this sync
	Rows         int64  // rows in the warehouse, soft-deleted ones too
	Deleted      int64  // soft-deleted rows
}

// countTables fills in the tables' rows.
func (s *Summary) countTables(ctx context.Context, l *warehouse.Lander, tables *catalog) error {
	for _, t := range tables.order {
		count, err := l.Count(ctx, t.name)
		if err != nil {
			return err
		}
		if count.Name != "" {
			s.Tables = append(s.Tables, TableSummary{
				Schema: count.Schema, Name: count.Name, Received: int64(t.record), Rows: count.Rows, Deleted: count.Deleted,
			})
		}
	}
	return nil
}

// WriteCounts writes the block that users of Fivetran's own tester know.
func (s *Summary) WriteCounts(w io.Writer) {
	fmt.Fprintf(w, "SYNC PROGRESS:\n%-15s | %-10s\n", "Operation", "Calls")
	fmt.Fprintln(w, "----------------+------------")
	for _, row := range []struct {
		name string
		n    int64
	}{
		{"Upserts", s.Counts.Upserts},
		{"Updates", s.Counts.Updates},
		{"Deletes", s.Counts.Deletes},
		{"Truncates", s.Counts.Truncates},
		{"SchemaChanges", s.Counts.SchemaChanges},
		{"Checkpoints", s.Counts.Checkpoints},
	} {
		fmt.Fprintf(w, "%-15s | %-10d\n", row.name, row.n)
	}
}

// WriteTables writes the tables with their rows.
func (s *Summary) WriteTables(w io.Writer) {
	lines := query.Lines{Columns: []string{"Table", "Received", "Rows", "Deleted"}, Right: []bool{false, true, true, true}}
	for _, t := range s.Tables {
		lines.Rows = append(lines.Rows, []string{t.Schema + "." + t.Name, terminal.Number(t.Received), terminal.Number(t.Rows), terminal.Number(t.Deleted)})
	}
	_ = lines.Write(w, 0) // whoever reads the screen sees that it ended
}
