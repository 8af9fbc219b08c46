package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
)

// diagram shows how the tables join: SVG, and the same in words.
type diagram struct {
	SVG   template.HTML
	Joins []join
}

// join says that a column of a table names a row of another by its key.
type join struct{ From, Column, To, Key string }

// joins finds them by name: the key of a table of one id, under its own name or,
// where the key is called id, under the table's name and "_id". Whose id
// user_id and company_id of the reporting export are, nobody says: the tables of
// segments join only through their keys.
func joins(tables []Table) []join {
	var found []join
	for _, to := range tables {
		keys := slices.DeleteFunc(to.Keys(), func(k string) bool { return k == "snapshot_date" })
		if len(keys) != 1 {
			continue
		}
		name := keys[0]
		if name == "id" {
			name = to.Name + "_id"
		}
		for _, from := range tables {
			c := from.column(name)
			if from.Name != to.Name && c != nil && (keys[0] != "id" || c.Key) {
				found = append(found, join{from.Name, name, to.Name, keys[0]})
			}
		}
	}
	return found
}

// A box of the diagram, in points.
const (
	boxWidth   = 300
	lineHeight = 16
	boxGap     = 14
	boxBetween = 120 // from the left column to the right one
)

type box struct {
	name string
	keys []string
	x, y int
}

func (b box) height() int { return lineHeight*(len(b.keys)+1) + 12 }
func (b box) middle() int { return b.y + b.height()/2 }

// columnOf is 0 for a table that others refer to, 1 for one that only refers,
// and -1 for one that joins nothing.
func columnOf(name string, joins []join) int {
	column := -1
	for _, j := range joins {
		if j.To == name {
			return 0
		}
		if j.From == name {
			column = 1
		}
	}
	return column
}

// newDiagram puts the tables that others refer to on the left, and the rest on
// the right. Tables that join nothing are left out.
func newDiagram(tables []Table) diagram {
	d := diagram{Joins: joins(tables)}
	if len(d.Joins) == 0 {
		return d
	}
	boxes := map[string]*box{}
	var heights [2]int
	var order []*box
	for _, t := range tables {
		column := columnOf(t.Name, d.Joins)
		if column < 0 {
			continue
		}
		b := &box{name: t.Name, keys: t.Keys(), x: 40 + column*(boxWidth+boxBetween), y: heights[column]}
		heights[column] += b.height() + boxGap
		boxes[t.Name], order = b, append(order, b)
	}
	height := max(heights[0], heights[1])
	for _, b := range order { // the shorter column in the middle
		b.y += (height - heights[min(b.x/boxWidth, 1)]) / 2
	}
	width := 40 + 2*boxWidth + boxBetween + 2
	var s strings.Builder
	fmt.Fprintf(&s, `<svg class="tables" viewBox="0 0 %d %d" role="img" aria-labelledby="tables-t tables-d"><title id="tables-t">How the tables join</title><desc id="tables-d">Each table with its primary key; a line leads from a column to the table whose key it holds. The list below says the same.</desc>`, width, height)
	for _, j := range d.Joins {
		from, to := boxes[j.From], boxes[j.To]
		if from.x == to.x { // around the left side
			fmt.Fprintf(&s, `<path class="join" d="M%d,%dC%d,%d,%d,%d,%d,%d"/>`, from.x, from.middle(), from.x-50, from.middle(), to.x-50, to.middle(), to.x, to.middle())
			continue
		}
		right := to.x + boxWidth
		middle := (right + from.x) / 2
		fmt.Fprintf(&s, `<path class="join" d="M%d,%dC%d,%d,%d,%d,%d,%d"/>`, from.x, from.middle(), middle, from.middle(), middle, to.middle(), right, to.middle())
	}
	for _, b := range order {
		fmt.Fprintf(&s, `<rect class="box" x="%d" y="%d" width="%d" height="%d" rx="5"/><text class="name" x="%d" y="%d">%s</text>`,
			b.x, b.y+1, boxWidth, b.height()-2, b.x+10, b.y+lineHeight+2, template.HTMLEscapeString(b.name))
		for i, k := range b.keys {
			fmt.Fprintf(&s, `<text x="%d" y="%d">%s</text>`, b.x+10, b.y+(i+2)*lineHeight+2, template.HTMLEscapeString(k))
		}
	}
	s.WriteString(`</svg>`)
	d.SVG = template.HTML(s.String())
	return d
}
