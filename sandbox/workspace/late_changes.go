package workspace

import (
	"maps"
	"time"
)

// Change is what happens to a row at a moment.
type Change struct {
	At   time.Time
	Set  map[string]string // new values; the others stay
	Time time.Time         // not zero: the row's time from now on
}

// At returns the row as exports hold it at a moment, with its time and values
// then; false if they do not hold it. The values are not to be changed.
func (r *Row) At(moment time.Time) (when time.Time, values map[string]string, there bool) {
	visible := r.Visible
	if visible.IsZero() {
		visible = r.Time
	}
	if visible.After(moment) || (!r.Gone.IsZero() && !r.Gone.After(moment)) {
		return when, nil, false
	}
	when, values = r.Time, r.Values
	changed := false
	for _, c := range r.Changes {
		if c.At.After(moment) {
			continue
		}
		if !c.Time.IsZero() {
			when = c.Time
		}
		if len(c.Set) == 0 {
			continue
		}
		if !changed {
			values, changed = maps.Collect(maps.All(values)), true
		}
		maps.Copy(values, c.Set)
	}
	return when, values, true
}
