package wire

import (
	"errors"
	"fmt"
)

// ErrTooManyKeys says that a window of a table with Table.Occurrence holds
// more different keys than [maxKeys]. Smaller windows are the way out.
var ErrTooManyKeys = errors.New("more different keys in one window than can be counted")

// HeaderError says that the CSV is not what was asked for, so that none of
// its rows can be believed.
type HeaderError struct {
	Table string
	// Position is the first that differs, from 0.
	Position int
	// Want and Got are the names there; empty past the end. Of Got it is the
	// first 64 bytes.
	Want, Got string
	// WantCount and GotCount are the numbers of columns.
	WantCount, GotCount int
}

// Error names both sides.
func (e *HeaderError) Error() string {
	if e.WantCount != e.GotCount {
		return fmt.Sprintf("%s: the CSV has %d columns and not the %d asked for; they part at position %d, asked for %q and got %q",
			e.Table, e.GotCount, e.WantCount, e.Position+1, e.Want, e.Got)
	}
	return fmt.Sprintf("%s: column %d of the CSV is %q and not %q as asked for", e.Table, e.Position+1, e.Got, e.Want)
}

// RowError says that a row cannot be sent.
type RowError struct {
	Table string
	// Row is the row's ordinal, from 1; 0 is the header.
	Row int64
	// Column is the field's name in the request; empty if it is the whole
	// row.
	Column string
	Reason string
}

// Error names the place. It never holds a row's values.
func (e *RowError) Error() string {
	row := fmt.Sprintf("row %d", e.Row)
	if e.Row == 0 {
		row = "the header"
	}
	if e.Column != "" {
		row += fmt.Sprintf(", column %q", e.Column)
	}
	return fmt.Sprintf("%s: %s: %s", e.Table, row, e.Reason)
}
