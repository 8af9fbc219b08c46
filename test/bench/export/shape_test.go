package export

import (
	"bytes"
	"context"
	stdcsv "encoding/csv"
	"io"
	"testing"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/record"
)

// TestShapes: the exports are the same ones each time, as wide as they say,
// and every value fits its column.
func TestShapes(t *testing.T) {
	for _, s := range append(Shapes, AnyLength) {
		s.Chunk = 50
		header, rows := s.CSV()
		_, again := s.CSV()
		if !bytes.Equal(rows, again) {
			t.Errorf("%s: another export the second time", s.Name)
		}
		all, err := stdcsv.NewReader(bytes.NewReader(append(header, rows...))).ReadAll()
		if err != nil || len(all) != 51 || len(all[0]) != s.Columns {
			t.Errorf("%s: %d rows, %v", s.Name, len(all), err)
		}
		e, err := record.NewEncoder(s.Table())
		if err != nil {
			t.Fatal(err)
		}
		source := csv.FromReader(io.MultiReader(bytes.NewReader(header), bytes.NewReader(rows)))
		stats, err := e.Encode(context.Background(), source, csv.Window{Start: Start, End: End}, func(b *record.Batch) error {
			b.Free()
			return nil
		})
		if err != nil || stats.Rows != 50 || stats.Outside != 0 {
			t.Errorf("%s: %+v, %v", s.Name, stats, err)
		}
		for i, n := range stats.Unparsed {
			if n > 0 {
				t.Errorf("%s: %d values of column %d do not fit", s.Name, n, i)
			}
		}
		if s.Chunk = findChunk(t, s.Name); s.Chunk*20%10_000 == 0 {
			t.Errorf("%s: so round a count is split by the connector", s.Name)
		}
	}
}

func findChunk(t *testing.T, name string) int {
	s, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return s.Chunk
}
