package sandbox

import (
	"iter"
	"math"
	"slices"
	"time"
)

// Truth yields the rows of a dataset that exports would hold now, with their
// present values: what a destination should hold after a perfect sync. Values
// are keyed by qualified id (by bare id where the attribute has none) and are
// as exported, with "" for null. Rows come in the order of an export. An
// unknown dataset has no rows.
func (s *Sandbox) Truth(dataset string) iter.Seq[Row] {
	now := s.now()
	return func(yield func(Row) bool) {
		i := slices.IndexFunc(s.tables, func(t table) bool { return t.id == dataset })
		if i < 0 {
			return
		}
		columns, render := s.present(s.tables[i]), s.render()
		everything := selection{from: math.MinInt64 / 2, to: math.MaxInt64 / 2, at: now}
		var cell []byte
		s.tables[i].scan(everything, func(r *row) bool {
			r.render = render
			values := make(map[string]string, len(columns))
			for _, c := range columns {
				cell = c.cell(cell[:0], r)
				values[c.key()] = string(cell)
			}
			return yield(Row{Time: time.Unix(r.time, 0), Visible: now, Values: values})
		})
	}
}
