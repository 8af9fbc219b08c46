package reporting

import (
	"iter"
	"math"
	"slices"
	"time"

	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/reporting/table"
	"intercom-connector/sandbox/workspace"
)

// Truth yields the rows of a dataset that exports would hold at a
// moment, with their values then: what a destination should hold after a perfect sync. Values
// are keyed by qualified id (by bare id where the attribute has none) and are
// as exported, with "" for null; where a dialect writes them in a form of its
// own, they are in the plain one. Rows come in the order of an export. An
// unknown dataset has no rows.
func (s *API) Truth(dataset string, now time.Time) iter.Seq[workspace.Row] {
	return func(yield func(workspace.Row) bool) {
		i := slices.IndexFunc(s.tables, func(t table.Table) bool { return t.ID == dataset })
		if i < 0 {
			return
		}
		columns, render := s.present(s.tables[i]), s.trueRender()
		everything := conversation.Selection{From: math.MinInt64 / 2, To: math.MaxInt64 / 2, At: now}
		var cell []byte
		s.tables[i].Scan(everything, func(r *table.Row) bool {
			r.Render = render
			values := make(map[string]string, len(columns))
			for _, c := range columns {
				cell = c.Cell(cell[:0], r)
				values[c.Key()] = string(cell)
			}
			return yield(workspace.Row{Time: time.Unix(r.Time, 0), Visible: now, Values: values})
		})
	}
}
