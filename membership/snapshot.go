package membership

import (
	"strings"
	"time"

	"intercom-connector/membership/rows"
	"intercom-connector/membership/tables"
)

// snapshot tells what the other stages came to, as far as they were run: the
// rows of a table that was not walked are null.
func (w *Walk) snapshot(out *output) error {
	s := w.State()
	finished := s.At
	for _, r := range s.Done {
		finished = later(finished, r.Finished)
	}
	values := []any{s.Date, s.At, finished, s.Complete(), rows.OrNull(unprovenLists(s))}
	rows := s.Rows()
	for _, table := range tables.Counted() {
		if n, walked := rows[table]; walked {
			values = append(values, n)
		} else {
			values = append(values, nil)
		}
	}
	return out.row(tables.Row{Table: tables.Snapshot, Values: values})
}

// unprovenLists names the lists that could not be proven complete, by stage.
func unprovenLists(s State) string {
	var lists []string
	for _, stage := range Stages() {
		for _, p := range s.Done[stage].Unproven {
			lists = append(lists, p.String())
		}
	}
	return strings.Join(lists, "; ")
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
