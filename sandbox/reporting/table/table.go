// Package table is a dataset as an export reads it: columns that write their
// cells, and a scan that gives the rows.
package table

import (
	"intercom-connector/sandbox/conversation"
)

// Table is a dataset as the export reads it, given by a test or built in.
type Table struct {
	ID, Name, Description string
	TimeAttribute         string
	Given                 bool // by a test
	Columns               []Column
	// Scan calls yield for each selected row, in an order that never changes,
	// until yield returns false. The row is valid during the call only.
	Scan func(s conversation.Selection, yield func(*Row) bool)
}

// Column is an attribute and the way its cell is written.
type Column struct {
	ID, Qualified, Name string
	// Listed is the qualified id that get_datasets gives and requests use, ""
	// for null. It is Qualified, unless a dialect has it otherwise.
	Listed string
	// Plain cells never need quotes.
	Plain bool
	// Bare cells are not put into quotes for the quotes that they hold.
	Bare bool
	// Cell appends the text, nothing for null.
	Cell func(b []byte, r *Row) []byte
}

// Key is what tests and requests call the column: its qualified id if it has one.
func (c Column) Key() string {
	if c.Qualified != "" {
		return c.Qualified
	}
	return c.ID
}

// Row is one row on its way into an export.
type Row struct {
	Render *Render
	At     int64 // the export's moment, Unix seconds
	Time   int64 // the row's time, Unix seconds

	Conversation *conversation.Conversation // of a built-in row
	Part         conversation.Part          // of a built-in row
	Values       map[string]string
	Twin         bool // the same row once more
}
