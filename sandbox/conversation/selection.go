package conversation

import "time"

// Selection is what an export asks a table for.
type Selection struct {
	From, To int64     // Unix seconds, both included
	At       time.Time // rows as they are at this moment
	Legacy   bool      // before version 2.16: conversations with a user's reply only
}

// Holds says whether a time lies in the selection.
func (s Selection) Holds(unix int64) bool { return s.From <= unix && unix <= s.To }
