// Package csvtest is what the tests of the encodings stand on: exports of any
// shape, sources that cut them anywhere, and an oracle that says what their rows
// are, written for being obviously right.
package csvtest

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"intercom-connector/connector/export/csv"
)

// Blocks is a source that gives a CSV in blocks without copying it.
type Blocks struct{ Data []byte }

func (b *Blocks) Next() ([]byte, error) {
	if len(b.Data) == 0 {
		return nil, io.EOF
	}
	n := min(len(b.Data), 256<<10)
	block := b.Data[:n]
	b.Data = b.Data[n:]
	return block, nil
}

// Cuts is a source that gives its data in blocks of the given lengths, over
// and over, and spoils each block when the next is asked for.
type Cuts struct {
	Data    []byte
	Lengths []int
	n       int
	block   []byte
}

func (c *Cuts) Next() ([]byte, error) {
	for i := range c.block {
		c.block[i] = '#'
	}
	if len(c.Data) == 0 {
		return nil, io.EOF
	}
	length := len(c.Data)
	if len(c.Lengths) > 0 {
		length = min(length, max(1, c.Lengths[c.n%len(c.Lengths)]))
		c.n++
	}
	c.block = append([]byte(nil), c.Data[:length]...)
	c.Data = c.Data[length:]
	return c.block, nil
}

// Shape is the width and length of an export.
type Shape struct {
	Name                string
	Columns, Rows, Text int
	Empty               float64 // share of empty fields
}

// Shapes are exports to measure.
var Shapes = []Shape{
	{"20 columns", 20, 20_000, 0, 0.1},
	{"20 columns with texts", 20, 10_000, 300, 0.1},
	{"60 columns sparse", 60, 10_000, 0, 0.7},
	{"400 columns sparse", 400, 2_000, 0, 0.9},
}

// Export is a table like an export's and its CSV: ids, times, durations,
// counts, names and texts.
func (s Shape) Export() (csv.Table, []byte) {
	r := rand.New(rand.NewPCG(uint64(s.Columns), uint64(s.Text)))
	table := csv.Table{Name: "conversation", RowID: true, TimeField: 1}
	var names []string
	for i := range s.Columns {
		id := fmt.Sprintf("attribute_number_%d", i)
		table.Header = append(table.Header, csv.Field{ID: id})
		c := csv.Column{Name: id, Field: i, Key: i == 0}
		switch {
		case i == 0:
		case i%5 == 1:
			c.Kind = csv.UTCDatetime
		case i%5 == 2:
			c.Kind = csv.Double
		case i%10 == 3:
			c.Kind = csv.Long
		}
		table.Columns = append(table.Columns, c)
		names = append(names, id)
	}
	var out strings.Builder
	out.WriteString(strings.Join(names, ",") + "\n")
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := range s.Rows {
		for i, c := range table.Columns {
			if i > 0 {
				out.WriteByte(',')
			}
			if i > 1 && r.Float64() < s.Empty {
				continue
			}
			switch {
			case i == 0:
				fmt.Fprintf(&out, "2154%011d", n)
			case c.Kind == csv.UTCDatetime:
				at := start.Add(time.Duration(n) * time.Second)
				if i > 1 {
					at = at.Add(time.Duration(r.IntN(1e6)) * time.Second)
				}
				out.WriteString(at.Format("2006-01-02 15:04:05"))
			case c.Kind == csv.Double:
				fmt.Fprintf(&out, "%d.%d", r.IntN(100000), r.IntN(1000))
			case c.Kind == csv.Long:
				fmt.Fprint(&out, r.IntN(1000))
			case i%10 == 9 && s.Text > 0:
				fmt.Fprintf(&out, "\"%s, \"\"said\"\" he\"", strings.Repeat("texts ", 1+r.IntN(s.Text/3)))
			default:
				out.WriteString([]string{"Support", "email", "in_app", "Zoë Washburne", "Closed by teammate", "true"}[r.IntN(6)])
			}
		}
		out.WriteByte('\n')
	}
	return table, []byte(out.String())
}
