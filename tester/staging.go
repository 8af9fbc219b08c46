package tester

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	sdk "intercom-connector/proto"
)

// segment is a run of a table's records of one type with one set of columns. Its
// rows lie in a staging table; a TRUNCATE has none.
type segment struct {
	table      tableName
	definition []column // the table as it was declared when the segment began
	op         sdk.RecordType
	columns    []stagedColumn
	synced     time.Time
	staging    string // the staging table's name
	rows       int64
	covered    bool  // by a checkpoint, or the end of a good stream
	kept       int64 // how many of the rows are

	version  int
	appender *appender
}

// stagedColumn is a column of a staging table.
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

// class is how a staging table stores the type. Merging casts it to the type.
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

// stager makes staging tables and fills them.
type stager struct {
	warehouse *warehouse
	made      int
	scratch   []byte
	now       func() time.Time
}

// begin opens a segment for the table's present record.
func (g *stager) begin(t *table, op sdk.RecordType) (*segment, error) {
	s := &segment{
		table: t.name, definition: slices.Clone(t.columns), op: op,
		synced: g.now(), version: t.version,
	}
	if op == sdk.RecordType_TRUNCATE {
		return s, nil
	}
	s.columns = t.stagingColumns(op)
	g.made++
	s.staging = "s" + strconv.Itoa(g.made)
	ddl := []byte("CREATE OR REPLACE TABLE " + s.sql() + " (")
	kinds := make([]class, len(s.columns))
	for i, c := range s.columns {
		if i > 0 {
			ddl = append(ddl, ", "...)
		}
		ddl = append(ddl, quote(c.name)+" "+classes[c.class].sql...)
		kinds[i] = c.class
	}
	if err := g.warehouse.stage(string(append(ddl, ')'))); err != nil {
		return nil, fmt.Errorf("staging table for %s: %w", t.name, err)
	}
	var err error
	s.appender, err = newAppender(g.warehouse.staging, s.staging, kinds)
	return s, err
}

// put appends the table's present record to the segment.
func (g *stager) put(s *segment, t *table) error {
	for i := range s.columns {
		c := &s.columns[i]
		if c.index < 0 {
			s.appender.setBytes(i, t.rowID())
			continue
		}
		v := t.values[c.index]
		if v.kind == kindNull {
			s.appender.setNull(i)
			continue
		}
		switch c.class {
		case classText:
			if v.kind.text() && v.kind != kindBinary {
				s.appender.setBytes(i, v.b)
			} else {
				g.scratch = v.appendText(g.scratch[:0])
				s.appender.setBytes(i, g.scratch)
			}
		case classBlob:
			s.appender.setBytes(i, v.b)
		case classInt:
			s.appender.setInt(i, v.i)
		case classFloat:
			s.appender.setFloat(i, v.float())
		case classMicros, classMicrosTZ:
			s.appender.setInt(i, v.micros())
		case classBool:
			s.appender.setBool(i, v.i != 0)
		}
	}
	s.rows++
	return s.appender.next()
}

// seal ends the segment's appending.
func (s *segment) seal() error {
	if s.appender == nil {
		return nil
	}
	a := s.appender
	s.appender = nil
	return a.close()
}
