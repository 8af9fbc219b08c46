// Package ndjson writes the rows of an export as newline-delimited JSON, the form
// in which a lake keeps them.
//
// A row is one object on a line. A null is left out: every reader takes a missing
// field for it. Times are in UTC as "2006-01-02 15:04:05", with a fraction only
// where there is one; numbers are JSON numbers; the column unparsed_values is a
// text that holds JSON. Fields stand in the order of the CSV.
package ndjson

import (
	"context"

	"intercom-connector/connector/export/csv"
)

// Row takes a line, which is one JSON object with its newline and valid during
// the call. At is the row's time by which the export selects, in seconds of the
// Unix epoch, if it is timed.
type Row func(at int64, timed bool, line []byte) error

// Encoder turns the windows of one table into lines. It is used for one window
// after another, not for several at once.
type Encoder struct {
	reader *csv.Reader
	rows   *lines
}

// NewEncoder prepares an encoder. An error says what is wrong with the table.
func NewEncoder(t csv.Table) (*Encoder, error) {
	to := newLines(t)
	reader, err := csv.NewReader(t, to)
	if err != nil {
		return nil, err
	}
	to.reader = reader
	return &Encoder{reader, to}, nil
}

// Encode reads the CSV of one window and gives its rows, line by line, as they
// come; see [csv.Reader.Read] for what it takes and refuses. It stops at the first
// error, row's own included.
func (e *Encoder) Encode(ctx context.Context, source csv.Source, w csv.Window, row Row) (csv.Stats, error) {
	e.rows.begin(row)
	return e.reader.Read(ctx, source, w)
}
