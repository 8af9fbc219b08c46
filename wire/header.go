package wire

import (
	"errors"
	"fmt"
)

// blankLine reports whether the row is a line without anything.
func (e *Encoder) blankLine() bool {
	return e.rows.count == 1 && e.rows.fields[0].start == e.rows.fields[0].end &&
		e.rows.fields[0].marks&quoted == 0 && (len(e.header) > 1 || !e.headed)
}

// checkHeader holds the first row against what was asked for: columns are
// taken by position, so that each must be the right one.
func (e *Encoder) checkHeader(row []byte) error {
	count := e.rows.count
	for i := range max(count, len(e.header)) {
		var want Field
		var got []byte
		if i < len(e.header) {
			want = e.header[i]
		}
		if i < min(count, len(e.rows.fields)) {
			f := e.rows.fields[i]
			got = e.text(row[f.start:f.end], f.marks)
			if i < len(e.header) && (string(got) == want.ID || string(got) == want.QualifiedID && len(got) > 0) {
				continue
			}
		}
		return &HeaderError{
			Table: e.name, Position: i, Want: want.name(), Got: string(got),
			WantCount: len(e.header), GotCount: count,
		}
	}
	return nil
}

// name is the field's fullest name.
func (f Field) name() string {
	if f.QualifiedID != "" {
		return f.QualifiedID
	}
	return f.ID
}

// raggedRow is the error of a row with another number of fields.
func (e *Encoder) raggedRow() error {
	return &RowError{
		Table: e.name, Row: e.stats.Rows + 1,
		Reason: fmt.Sprintf("%d fields and not %d as in the header", e.rows.count, len(e.header)),
	}
}

// rowError says where an error happened.
func (e *Encoder) rowError(err error) error {
	if errors.Is(err, ErrTooManyKeys) {
		return err
	}
	r := &RowError{Table: e.name, Row: e.stats.Rows + 1, Reason: err.Error()}
	if !e.headed {
		r.Row = 0
	}
	switch {
	case errors.Is(err, errNoRowID), errors.Is(err, errUnfitRowID):
		r.Column = e.rowIDName()
	case errors.Is(err, errRowTooLong):
	case e.rows.count < len(e.header):
		r.Column = e.header[e.rows.count].name()
	}
	return r
}

// rowIDName is the row id's name in the request.
func (e *Encoder) rowIDName() string {
	for i := range e.cols {
		if e.cols[i].rowID {
			return e.header[e.cols[i].Field].name()
		}
	}
	return ""
}
