package tester

import (
	"slices"
	"time"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/protocol"
	"intercom-connector/tester/staging"
	"intercom-connector/tester/warehouse"
)

// stagedRows is a group that records may still join.
type stagedRows struct {
	staged  *warehouse.StagedRows
	version int  // the table's, when it began
	covered bool // by a checkpoint, or the end of a good stream
}

// fits tells whether the table's present record may join the group.
func (s *stagedRows) fits(t *table, op sdk.RecordType) bool {
	if s == nil || s.staged.Op != op || s.version != t.version {
		return false
	}
	if op != sdk.RecordType_UPDATE {
		return true
	}
	n := 0
	for i := range t.columns {
		if t.present(i) && t.columns[i].Type.Known() {
			n++
		}
	}
	return n == len(s.staged.Columns) && !slices.ContainsFunc(s.staged.Columns, func(c warehouse.StagedColumn) bool { return !t.present(c.Index) })
}

// stagingColumns are the columns that a record of type op brings: all that are
// selected for an UPSERT, those of the record for an UPDATE, the key for a
// DELETE. A column whose type is not known yet holds only nulls and is left out.
func (t *table) stagingColumns(op sdk.RecordType) []warehouse.StagedColumn {
	var columns []warehouse.StagedColumn
	if len(t.keys) == 0 {
		columns = append(columns, warehouse.StagedColumn{Name: warehouse.IDColumn, Type: warehouse.TextType, Class: staging.Text, Index: -1})
	}
	for i, c := range t.columns {
		switch {
		case !c.Type.Known(),
			op == sdk.RecordType_DELETE && !c.Key,
			op == sdk.RecordType_UPDATE && !t.present(i),
			!c.Selected:
			continue
		}
		columns = append(columns, warehouse.StagedColumn{Name: c.Name, Type: c.Type, Class: c.Type.Class(), Index: i})
	}
	return columns
}

// stager stages rows in memory.
type stager struct {
	size    int64 // bytes of memory that staged rows use which nobody has taken over
	scratch []byte
	now     func() time.Time
}

// begin opens a group for the table's present record.
func (g *stager) begin(t *table, op sdk.RecordType) *stagedRows {
	var columns []warehouse.StagedColumn
	if op != sdk.RecordType_TRUNCATE {
		columns = t.stagingColumns(op)
	}
	return &stagedRows{staged: warehouse.NewStagedRows(t.name, slices.Clone(t.columns), op, columns, g.now()), version: t.version}
}

// put appends the table's present record to the group.
func (g *stager) put(s *stagedRows, t *table) {
	rows, columns := s.staged.Rows, s.staged.Columns
	before := rows.Size()
	rows.Begin()
	for i := range columns {
		c := &columns[i]
		if c.Index < 0 {
			rows.SetBytes(i, t.rowID())
			continue
		}
		v := t.values[c.Index]
		if v == nil || !t.present(c.Index) || v.Kind == protocol.KindNull {
			rows.SetNull(i)
			continue
		}
		switch c.Class {
		case staging.Text:
			if v.Kind.Text() && v.Kind != protocol.KindBinary {
				rows.SetBytes(i, v.Bytes)
			} else {
				g.scratch = v.AppendText(g.scratch[:0])
				rows.SetBytes(i, g.scratch)
			}
		case staging.Blob:
			rows.SetBytes(i, v.Bytes)
		case staging.Int:
			rows.SetInt(i, v.Int)
		case staging.Float:
			rows.SetFloat(i, v.Float())
		case staging.Micros, staging.MicrosTZ:
			rows.SetInt(i, v.Micros())
		case staging.Bool:
			rows.SetBool(i, v.Int != 0)
		}
	}
	rows.Next()
	g.size += rows.Size() - before
}
