package tester

import (
	"fmt"
	"slices"
	"time"

	sdk "intercom-connector/proto"
)

// segment is a run of a table's records of one type with one set of columns. A
// TRUNCATE has no rows.
type segment struct {
	table      tableName
	definition []column // the table as it was declared when the segment began
	op         sdk.RecordType
	columns    []stagedColumn
	synced     time.Time
	staged     *staged
	spilled    string // the table that holds rows for which there was no memory
	covered    bool   // by a checkpoint, or the end of a good stream
	kept       int64  // how many of the rows are
	version    int
}

// rows is how many records the segment has.
func (s *segment) rows() int64 {
	if s.staged == nil {
		return 0
	}
	return s.staged.rows
}

// source is the segment's rows as a table of a query. It is sealed.
func (s *segment) source() string {
	if s.spilled != "" {
		return fmt.Sprintf("(FROM %s WHERE %s < %d)", s.spilled, orderColumn, s.kept)
	}
	return s.staged.sql()
}

// drop frees the rows in memory.
func (s *segment) drop() {
	if s.staged != nil {
		s.staged.drop()
	}
}

// stagedColumn is a column of staged rows.
type stagedColumn struct {
	name  string
	typ   dataType
	class class
	index int // the column's index in its table; -1 for _fivetran_id
}

// fits tells whether the table's present record may join the segment.
func (s *segment) fits(t *table, op sdk.RecordType) bool {
	if s == nil || s.op != op || s.version != t.version {
		return false
	}
	if op != sdk.RecordType_UPDATE {
		return true
	}
	n := 0
	for i := range t.columns {
		if t.present(i) && t.columns[i].typ.known() {
			n++
		}
	}
	return n == len(s.columns) && !slices.ContainsFunc(s.columns, func(c stagedColumn) bool { return !t.present(c.index) })
}

// stagingColumns are the columns that a record of type op brings: all that are
// selected for an UPSERT, those of the record for an UPDATE, the key for a
// DELETE. A column whose type is not known yet holds only nulls and is left out.
func (t *table) stagingColumns(op sdk.RecordType) []stagedColumn {
	var columns []stagedColumn
	if len(t.keys) == 0 {
		text := dataType{id: sdk.DataType_STRING}
		columns = append(columns, stagedColumn{name: idColumn, typ: text, class: classText, index: -1})
	}
	for i, c := range t.columns {
		switch {
		case !c.typ.known(),
			op == sdk.RecordType_DELETE && !c.key,
			op == sdk.RecordType_UPDATE && !t.present(i),
			!c.selected:
			continue
		}
		columns = append(columns, stagedColumn{name: c.name, typ: c.typ, class: c.typ.class(), index: i})
	}
	return columns
}

// class is how staged rows store the type. Merging casts it to the type.
func (t dataType) class() class {
	switch {
	case t.id == sdk.DataType_BOOLEAN:
		return classBool
	case t.integer():
		return classInt
	case t.id == sdk.DataType_FLOAT, t.id == sdk.DataType_DOUBLE:
		return classFloat
	case t.id == sdk.DataType_UTC_DATETIME:
		return classMicrosTZ
	case t.temporal():
		return classMicros
	case t.id == sdk.DataType_BINARY:
		return classBlob
	}
	return classText
}

// stager stages rows: in memory, and on disk those of a checkpoint that outgrows
// it.
type stager struct {
	warehouse *warehouse
	size      int64 // bytes of memory that staged rows use which nobody has taken over
	spills    int
	scratch   []byte
	now       func() time.Time
}

// begin opens a segment for the table's present record.
func (g *stager) begin(t *table, op sdk.RecordType) *segment {
	s := &segment{
		table: t.name, definition: slices.Clone(t.columns), op: op,
		synced: g.now(), version: t.version,
	}
	if op != sdk.RecordType_TRUNCATE {
		s.columns = t.stagingColumns(op)
		s.staged = newStaged(s.columns)
	}
	return s
}

// spill moves a segment's rows to a table of the staging database, which DuckDB
// keeps on disk as far as its memory limit wants it.
func (g *stager) spill(s *segment) error {
	if s.staged == nil || len(s.staged.chunks) == 0 {
		return nil
	}
	query := "INSERT INTO " + s.spilled + " FROM " + s.staged.sql()
	if s.spilled == "" {
		g.spills++
		s.spilled = fmt.Sprintf("%s.main.s%d", stagingDatabase, g.spills)
		query = "CREATE OR REPLACE TABLE " + s.spilled + " AS FROM " + s.staged.sql()
	}
	if err := g.warehouse.stage(query); err != nil {
		return fmt.Errorf("staging rows of %s: %w", s.table, err)
	}
	g.size -= s.staged.size
	s.staged.clear()
	return nil
}

// seal makes the segment ready to land: without the rows that are not kept.
func (g *stager) seal(s *segment) error {
	switch {
	case s.staged == nil:
		return nil
	case s.spilled != "":
		return g.spill(s)
	}
	s.staged.cut(s.kept)
	return nil
}

// put appends the table's present record to the segment.
func (g *stager) put(s *segment, t *table) {
	rows := s.staged
	before := rows.size
	rows.begin()
	for i := range s.columns {
		c := &s.columns[i]
		if c.index < 0 {
			rows.setBytes(i, t.rowID())
			continue
		}
		v := t.values[c.index]
		if v.kind == kindNull {
			rows.setNull(i)
			continue
		}
		switch c.class {
		case classText:
			if v.kind.text() && v.kind != kindBinary {
				rows.setBytes(i, v.b)
			} else {
				g.scratch = v.appendText(g.scratch[:0])
				rows.setBytes(i, g.scratch)
			}
		case classBlob:
			rows.setBytes(i, v.b)
		case classInt:
			rows.setInt(i, v.i)
		case classFloat:
			rows.setFloat(i, v.float())
		case classMicros, classMicrosTZ:
			rows.setInt(i, v.micros())
		case classBool:
			rows.setBool(i, v.i != 0)
		}
	}
	rows.next()
	g.size += rows.size - before
}
