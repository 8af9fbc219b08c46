package warehouse

import (
	"fmt"
	"time"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/staging"
)

// StagedRows is a group of a table's records of one type with one set of columns. A
// TRUNCATE has no rows.
type StagedRows struct {
	Table      TableName
	Definition []Column // the table as it was declared when the group began
	Op         sdk.RecordType
	Columns    []StagedColumn
	Synced     time.Time
	Rows       *staging.Rows // nil without rows
	Kept       int64         // how many of the rows land

	spilled string // the table that holds rows for which there was no memory
}

// StagedColumn is a column of a group's rows.
type StagedColumn struct {
	Name  string
	Type  Type
	Class staging.Class
	Index int // the column's index in its table; -1 for _fivetran_id
}

// NewStagedRows has the columns' rows, of which there are none yet.
func NewStagedRows(table TableName, definition []Column, op sdk.RecordType, columns []StagedColumn, synced time.Time) *StagedRows {
	s := &StagedRows{Table: table, Definition: definition, Op: op, Synced: synced}
	if op == sdk.RecordType_TRUNCATE {
		return s
	}
	s.Columns = columns
	var staged []staging.Column
	for _, c := range columns {
		staged = append(staged, staging.Column{Name: c.Name, Class: c.Class})
	}
	s.Rows = staging.New(staged)
	return s
}

// Len is how many rows the group has.
func (s *StagedRows) Len() int64 {
	if s.Rows == nil {
		return 0
	}
	return s.Rows.Len()
}

// Drop frees the rows in memory.
func (s *StagedRows) Drop() {
	if s.Rows != nil {
		s.Rows.Drop()
	}
}

// source is the group's rows as a table of a query. It is sealed.
func (s *StagedRows) source() string {
	if s.spilled != "" {
		return fmt.Sprintf("(FROM %s WHERE %s < %d)", s.spilled, staging.OrderColumn, s.Kept)
	}
	return s.Rows.SQL()
}

// Spill moves a group's rows to a table of the staging database, which DuckDB
// keeps on disk as far as its memory limit wants it. It is the reader's: it runs
// beside a landing.
func (w *Warehouse) Spill(s *StagedRows) error {
	if s.Rows == nil || s.Rows.Empty() {
		return nil
	}
	query := "INSERT INTO " + s.spilled + " FROM " + s.Rows.SQL()
	if s.spilled == "" {
		w.spills++
		s.spilled = fmt.Sprintf("%s.main.s%d", stagingDatabase, w.spills)
		query = "CREATE OR REPLACE TABLE " + s.spilled + " AS FROM " + s.Rows.SQL()
	}
	if err := w.staging.Exec(query); err != nil {
		return fmt.Errorf("staging rows of %s: %w", s.Table, err)
	}
	s.Rows.Clear()
	return nil
}

// Seal makes the group ready to land: without the rows that are not kept.
func (w *Warehouse) Seal(s *StagedRows) error {
	switch {
	case s.Rows == nil:
		return nil
	case s.spilled != "":
		return w.Spill(s)
	}
	s.Rows.Cut(s.Kept)
	return nil
}
