package tester

import (
	"context"
	"fmt"
	"io"
	"time"
)

// counts are the operations that a connector sent in one sync.
type counts struct {
	Upserts, Updates, Deletes, Truncates, SchemaChanges, Checkpoints int64
}

func (c counts) records() int64 { return c.Upserts + c.Updates + c.Deletes }

// Summary is what one sync did.
type Summary struct {
	counts
	Warnings     int64
	WarningTexts []string // each different one once, at most 1,000
	Dropped      int64    // records after the last checkpoint of a sync that failed
	Duration     time.Duration
	Tables       []TableSummary
	Widenings    []Widening
}

// TableSummary is a table's state after the sync.
type TableSummary struct {
	Schema, Name string // as in the warehouse
	Received     int64  // records of this sync
	Rows         int64  // rows in the warehouse, soft-deleted ones too
	Deleted      int64  // soft-deleted rows
}

// countTables fills in the tables' rows.
func (s *Summary) countTables(ctx context.Context, l *lander, tables *catalog) error {
	for _, t := range tables.order {
		to := l.targets[t.name]
		if to == nil {
			continue
		}
		sum := TableSummary{Schema: to.schema, Name: to.name, Received: int64(t.record)}
		err := l.warehouse.lander.QueryRowContext(ctx,
			"SELECT count(*), count(*) FILTER ("+deletedColumn+") FROM "+to.sql()).Scan(&sum.Rows, &sum.Deleted)
		if err != nil {
			return fmt.Errorf("counting the rows of %s: %w", t.name, err)
		}
		s.Tables = append(s.Tables, sum)
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
		{"Upserts", s.Upserts},
		{"Updates", s.Updates},
		{"Deletes", s.Deletes},
		{"Truncates", s.Truncates},
		{"SchemaChanges", s.SchemaChanges},
		{"Checkpoints", s.Checkpoints},
	} {
		fmt.Fprintf(w, "%-15s | %-10d\n", row.name, row.n)
	}
}

// WriteTables writes the tables with their rows.
func (s *Summary) WriteTables(w io.Writer) {
	r := &Result{Columns: []string{"Table", "Received", "Rows", "Deleted"}, numeric: []bool{false, true, true, true}}
	for _, t := range s.Tables {
		r.Rows = append(r.Rows, []any{t.Schema + "." + t.Name, thousands(t.Received), thousands(t.Rows), thousands(t.Deleted)})
	}
	_ = r.Write(w, Table) // whoever reads the screen sees that it ended
}
