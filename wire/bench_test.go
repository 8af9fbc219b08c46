package wire

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// export is a table like an export's and its CSV: ids, times, durations,
// counts, names and texts, of which share are empty.
func export(columns, rows int, empty float64, text int) (Table, []byte) {
	r := rand.New(rand.NewPCG(uint64(columns), uint64(text)))
	table := Table{Name: "conversation", RowID: true, TimeField: 1}
	var out strings.Builder
	for i := range columns {
		id := fmt.Sprintf("attribute_number_%d", i)
		table.Header = append(table.Header, Field{ID: id})
		c := Column{Name: id, Field: i, Key: i == 0}
		switch {
		case i == 0:
		case i%5 == 1:
			c.Kind = UTCDatetime
		case i%5 == 2:
			c.Kind = Double
		case i%10 == 3:
			c.Kind = Long
		}
		table.Columns = append(table.Columns, c)
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(id)
	}
	out.WriteByte('\n')
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := range rows {
		for i, c := range table.Columns {
			if i > 0 {
				out.WriteByte(',')
			}
			if i > 1 && r.Float64() < empty {
				continue
			}
			switch {
			case i == 0:
				fmt.Fprintf(&out, "2154%011d", n)
			case c.Kind == UTCDatetime:
				at := start.Add(time.Duration(n) * time.Second)
				if i > 1 {
					at = at.Add(time.Duration(r.IntN(1e6)) * time.Second)
				}
				out.WriteString(at.Format("2006-01-02 15:04:05"))
			case c.Kind == Double:
				fmt.Fprintf(&out, "%d.%d", r.IntN(100000), r.IntN(1000))
			case c.Kind == Long:
				fmt.Fprint(&out, r.IntN(1000))
			case i%10 == 9 && text > 0:
				fmt.Fprintf(&out, "\"%s, \"\"said\"\" he\"", strings.Repeat("texts ", 1+r.IntN(text/3)))
			default:
				out.WriteString([]string{"Support", "email", "in_app", "Zoë Washburne", "Closed by teammate", "true"}[r.IntN(6)])
			}
		}
		out.WriteByte('\n')
	}
	return table, []byte(out.String())
}

var exports = []struct {
	name                string
	columns, rows, text int
	empty               float64
}{
	{"20 columns", 20, 20_000, 0, 0.1},
	{"20 columns with texts", 20, 10_000, 300, 0.1},
	{"60 columns sparse", 60, 10_000, 0, 0.7},
	{"400 columns sparse", 400, 2_000, 0, 0.9},
}

// blocks is a source that gives a CSV in blocks without copying it.
type blocks struct{ data []byte }

func (b *blocks) Next() ([]byte, error) {
	if len(b.data) == 0 {
		return nil, io.EOF
	}
	n := min(len(b.data), blockSize)
	block := b.data[:n]
	b.data = b.data[n:]
	return block, nil
}

func BenchmarkEncode(b *testing.B) {
	for _, x := range exports {
		b.Run(x.name, func(b *testing.B) {
			table, input := export(x.columns, x.rows, x.empty, x.text)
			e := mustEncoder(b, table)
			b.SetBytes(int64(len(input)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Encode(b.Context(), &blocks{input}, Window{}, discard); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(x.rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func discard(b *Batch) error {
	b.Free()
	return nil
}

func BenchmarkScan(b *testing.B) {
	for _, x := range exports {
		b.Run(x.name, func(b *testing.B) {
			_, input := export(x.columns, x.rows, x.empty, x.text)
			b.SetBytes(int64(len(input)))
			for b.Loop() {
				for rest := input; len(rest) > 0; {
					f, _, err := scan(rest, true)
					if err != nil {
						b.Fatal(err)
					}
					rest = rest[f.next:]
				}
			}
			b.ReportMetric(float64(x.rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkOccurrence(b *testing.B) {
	table, input := export(20, 20_000, 0.1, 0)
	table.RowID, table.Occurrence = false, true
	e := mustEncoder(b, table)
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Encode(b.Context(), &blocks{input}, Window{}, discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValues(b *testing.B) {
	c := calendar{zone: location(b, "America/New_York")}
	benchmarks := []struct {
		name, text string
		parse      func([]byte) bool
	}{
		{"time", "2025-06-02 03:04:05", func(t []byte) bool { _, ok := c.parse(t); return ok }},
		{"time on a day of change", "2025-11-02 03:04:05", func(t []byte) bool { _, ok := c.parse(t); return ok }},
		{"RFC 3339", "2025-06-02T03:04:05.678+02:00", func(t []byte) bool { _, ok := c.parse(t); return ok }},
		{"double", "12345.67", func(t []byte) bool { _, ok := parseDouble(t); return ok }},
		{"double of 17 digits", "0.30000000000000004", func(t []byte) bool { _, ok := parseDouble(t); return ok }},
		{"long", "12345", func(t []byte) bool { _, ok := parseLong(t); return ok }},
	}
	for _, x := range benchmarks {
		b.Run(x.name, func(b *testing.B) {
			text := []byte(x.text)
			b.ReportAllocs()
			for b.Loop() {
				if !x.parse(text) {
					b.Fatal("does not parse")
				}
			}
		})
	}
}
