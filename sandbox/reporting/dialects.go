package reporting

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/reporting/columns"
	"intercom-connector/sandbox/reporting/table"
	"intercom-connector/sandbox/workspace"
)

// vary makes of the tables what the dialects of datasets and values make of
// them. Exports and the truth read the same tables, so that the truth follows.
func (s *API) vary() {
	if s.options.Speaks("unknown-dataset") || s.options.Speaks("time-attribute-new") {
		s.tables = append(s.tables, columns.Unknown(s.generator))
	}
	for i := range s.tables {
		t := &s.tables[i]
		t.Columns = slices.Clone(t.Columns)
		if s.options.Speaks("unknown-attribute") && len(t.Columns) > 0 {
			t.Columns = append(t.Columns, newMetric())
		}
		id := rowID(*t)
		for k := range t.Columns {
			s.varyColumn(&t.Columns[k], k == id)
		}
		s.varyTexts(t)
		if s.options.Speaks("row-id-twice") {
			twice(t)
		}
		if s.options.Speaks("names-null") {
			t.Name = ""
		}
	}
}

// varyColumn changes one column; id says that it holds the row's id.
func (s *API) varyColumn(c *table.Column, id bool) {
	o := &s.options
	if prefix := o.Answer("prefix"); prefix != "" {
		c.Listed = prefixed(c.Listed, strings.TrimPrefix(prefix, "prefix-"))
	}
	if o.Speaks("qualified-ids-null") {
		c.Listed = ""
	}
	if o.Speaks("names-null") {
		c.Name = ""
	}
	if id && o.Speaks("row-id-empty") {
		change(c, func(cell []byte, r *table.Row) []byte {
			if r.Time%32 == 7 {
				return cell[:0]
			}
			return cell
		})
	}
	duration, count := strings.HasPrefix(c.Qualified, "duration."), strings.HasSuffix(c.ID, "_count")
	if count && o.Speaks("fraction-in-count") {
		change(c, func(cell []byte, r *table.Row) []byte {
			if len(cell) == 0 || r.Time%8 != 3 {
				return cell
			}
			return append(cell, ".5"...)
		})
	}
	if (duration || count) && o.Speaks("thousands") {
		change(c, func(cell []byte, _ *table.Row) []byte { return separated(cell) })
	}
	if duration && o.Speaks("type-changes") {
		change(c, func(cell []byte, r *table.Row) []byte {
			if len(cell) == 0 || r.At < s.changes.Unix() {
				return cell
			}
			return append(cell, " s"...)
		})
	}
}

// change puts what a column's cell writes through a function.
func change(c *table.Column, by func(cell []byte, r *table.Row) []byte) {
	before := c.Cell
	c.Plain = false
	c.Cell = func(b []byte, r *table.Row) []byte {
		start := len(b)
		b = before(b, r)
		return append(b[:start], by(bytes.Clone(b[start:]), r)...)
	}
}

// ownPrefixes are those of Intercom's own attributes.
var ownPrefixes = []string{"standard", "timestamp", "duration", "team", "teammate", "call", "conversation-rating-sent"}

// prefixed gives a qualified id of Intercom's own another prefix.
func prefixed(qualified, prefix string) string {
	own, id, ok := strings.Cut(qualified, ".")
	switch {
	case !ok || !slices.Contains(ownPrefixes, own):
		return qualified
	case prefix == "none":
		return id
	case prefix == "mixed":
		first, _, _ := strings.Cut(id, "_")
		prefix = "system"
		if slices.Contains([]string{"conversation", "ticket", "company", "call"}, first) {
			prefix = first
		}
	}
	return prefix + "." + id
}

// separated puts commas between the thousands of a number.
func separated(number []byte) []byte {
	whole, rest := number, []byte(nil)
	if i := bytes.IndexAny(number, ".,"); i >= 0 {
		whole, rest = number[:i], number[i:]
	}
	var out []byte
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 && whole[i-1] != '-' {
			out = append(out, ',')
		}
		out = append(out, digit)
	}
	return append(out, rest...)
}

func newMetric() table.Column {
	return table.Named("standard.brand_new_metric", "Brand-new metric", func(r *table.Row) string {
		return []string{"low", "medium", "high"}[((r.Time%3)+3)%3]
	})
}

// rowIDs are the columns of which each row has another value.
var rowIDs = map[string]string{
	"conversation": "conversation_id", "consolidated_conversation_part": "action_id",
	"conversation_rating_sent": "conversation_rating_id", "tickets": "ticket_id", "call": "call_id",
	"copilot_prompt_response_pair": "prompt_id",
}

// rowID is the place of a table's row id, -1 for none: of a dataset that a
// test brings under a name of its own, the first attribute ending in id.
func rowID(t table.Table) int {
	return slices.IndexFunc(t.Columns, func(c table.Column) bool {
		if id, ok := rowIDs[t.ID]; ok {
			return c.ID == id
		}
		return t.Given && c.ID != t.TimeAttribute && strings.HasSuffix(c.ID, "id")
	})
}

// twice lets one row in sixteen come twice, the second time with its first
// plain text different.
func twice(t *table.Table) {
	scan := t.Scan
	t.Scan = func(selection conversation.Selection, yield func(*table.Row) bool) {
		scan(selection, func(r *table.Row) bool {
			r.Twin = false
			if !yield(r) {
				return false
			}
			if r.Time%16 != 5 {
				return true
			}
			r.Twin = true
			return yield(r)
		})
	}
	different := firstText(t)
	if different == nil {
		return
	}
	change(different, func(cell []byte, r *table.Row) []byte {
		if r.Twin {
			return append(cell, " (again)"...)
		}
		return cell
	})
}

// firstText is a table's first column of plain texts; nil if it has none.
func firstText(t *table.Table) *table.Column {
	i := slices.IndexFunc(t.Columns, func(c table.Column) bool {
		return !c.Plain && c.ID != t.TimeAttribute && !strings.HasSuffix(c.ID, "id") && !strings.HasPrefix(c.Qualified, "duration.")
	})
	if i < 0 {
		return nil
	}
	return &t.Columns[i]
}

// varyTexts lets one row in eight hold in its first text what a CSV is easily read
// wrongly at.
func (s *API) varyTexts(t *table.Table) {
	for name, odd := range map[string]string{
		"text-lines":  "\r\nthe \"second\", and\n\n\"the last\"\n",
		"text-quotes": ` said "no" and ""yes""`,
		"text-nul":    "\x00",
	} {
		if c := firstText(t); c != nil && s.options.Speaks(name) {
			c.Bare = c.Bare || name == "text-quotes"
			change(c, func(cell []byte, r *table.Row) []byte {
				switch {
				case r.Time%8 != 1 || len(cell) == 0:
					return cell
				case name == "text-nul" && r.Render.True:
					return cell // of which a right reader keeps what is text
				}
				return append(cell, odd...)
			})
		}
	}
}

// removed says whether an attribute is gone by now.
func (s *API) removed(t table.Table, c table.Column, now time.Time) bool {
	if s.options.Speaks("attribute-removed") && len(t.Columns) >= 4 && !now.Before(s.changes) {
		last := t.Columns[len(t.Columns)-1]
		if c.Key() == last.Key() && c.ID != t.TimeAttribute {
			return true
		}
	}
	return s.options.Speaks("time-attribute-unlisted") && s.isLast(t) && c.ID == t.TimeAttribute
}

// isLast says whether a table is the last of several, by which a dialect means
// one dataset among others.
func (s *API) isLast(t table.Table) bool {
	return len(s.tables) > 1 && t.ID == s.tables[len(s.tables)-1].ID
}

// firstChange is how long after the sandbox was made its datasets change.
const firstChange = workspace.Day
