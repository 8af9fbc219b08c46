package wire

import (
	"errors"
	"fmt"
	"strings"
)

// blankLine gives the length of a line without anything that data begins
// with, or 0. In a CSV of one column it is a row without a value.
func (e *Encoder) blankLine(data []byte, final bool) int {
	switch {
	case len(e.header) == 1 && e.headed:
		return 0
	case len(data) > 0 && data[0] == '\n', final && len(data) == 1 && data[0] == '\r':
		return 1
	case len(data) > 1 && data[0] == '\r' && data[1] == '\n':
		return 2
	}
	return 0
}

// checkHeader holds the first row against what was asked for: columns are
// taken by position, so that each must be the right one. It gives the row's
// length, or 0 if data does not hold all of it.
func (e *Encoder) checkHeader(data []byte, final bool) (length int, err error) {
	wrong := &HeaderError{Table: e.name, Position: -1, WantCount: len(e.header)}
	length, wrong.GotCount, err = e.eachField(data, final, func(i int, f field) {
		got := e.text(f)
		if wrong.Position < 0 && (i >= len(e.header) || !e.header[i].is(got)) {
			wrong.Position, wrong.Got = i, clip(got)
		}
	})
	if length == 0 || err != nil {
		return 0, err
	}
	if wrong.Position < 0 && wrong.GotCount < len(e.header) {
		wrong.Position = wrong.GotCount
	}
	if wrong.Position < 0 {
		return length, nil
	}
	if wrong.Position < len(e.header) {
		wrong.Want = e.header[wrong.Position].name()
	}
	return 0, wrong
}

// maxGot is how much of a wrong name is told: what stands there may be no name
// at all.
const maxGot = 64

func clip(name []byte) string {
	if len(name) <= maxGot {
		return string(name)
	}
	return strings.ToValidUTF8(string(name[:maxGot]), "") + "…"
}

// eachField calls do for each field of the row that data begins with, and
// gives the row's length and the number of its fields, or 0 if data does not
// hold all of it.
func (e *Encoder) eachField(data []byte, final bool, do func(int, field)) (length, count int, err error) {
	for count = 0; ; count++ {
		f, whole, err := scan(data[length:], final)
		if len(f.text) > maxField && whole {
			err = errFieldTooLong
		}
		if err != nil || !whole {
			e.at, e.open = count, len(data)-length
			return 0, 0, err
		}
		do(count, f)
		if length += f.next; f.last {
			return length, count + 1, nil
		}
	}
}

// is reports whether a column's name in the CSV is the field's.
func (f Field) is(name []byte) bool {
	return string(name) == f.ID || string(name) == f.QualifiedID && len(name) > 0
}

// name is the field's fullest name.
func (f Field) name() string {
	if f.QualifiedID != "" {
		return f.QualifiedID
	}
	return f.ID
}

// errRagged stands for a row with another number of fields, which are yet to
// be counted.
var errRagged = errors.New("not as many fields as in the header")

// ragged names a row with another number of fields, whatever else is wrong
// with it. It gives nil if data does not hold all of the row.
func (e *Encoder) ragged(data []byte, final bool, found error) error {
	length, count, err := e.eachField(data, final, func(int, field) {})
	switch {
	case err != nil:
		return err
	case length == 0:
		return nil
	case count != len(e.header):
		e.at = len(e.header)
		fields := "fields"
		if count == 1 {
			fields = "field"
		}
		return fmt.Errorf("%d %s and not %d as in the header", count, fields, len(e.header))
	}
	return found
}

// rowError says where an error happened.
func (e *Encoder) rowError(err error) error {
	if errors.Is(err, ErrTooManyKeys) || errors.As(err, new(*HeaderError)) {
		return err
	}
	r := &RowError{Table: e.name, Row: e.stats.Rows + 1, Reason: err.Error()}
	if !e.headed {
		r.Row = 0
	}
	switch {
	case errors.Is(err, errNoRowID), errors.Is(err, errUnfitRowID):
		r.Column = e.rowIDName()
	case errors.Is(err, errRowTooLong), errors.Is(err, errRecordTooLong):
	case e.at < len(e.header):
		r.Column = e.header[e.at].name()
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
