package csvtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/export/csv"
)

// Encode reads a CSV and gives the rows as they are read back from what was
// written.
type Encode func(tb testing.TB, source csv.Source, w csv.Window) ([]Row, csv.Stats, error)

// Same reads a CSV in blocks of the given lengths and holds all of it against the
// oracle.
func Same(tb testing.TB, encode Encode, t csv.Table, input []byte, w csv.Window, lengths ...int) {
	tb.Helper()
	want, wantStats, wantErr := readByOracle(t, input, w)
	got, stats, err := encode(tb, &Cuts{Data: input, Lengths: lengths}, w)
	if errors.Is(err, csv.ErrReadAgain) {
		if len(got) > 0 {
			tb.Fatalf("%d rows were sent before %v", len(got), err)
		}
		w.Believed = true
		got, stats, err = encode(tb, &Cuts{Data: input, Lengths: lengths}, w)
	}
	if (err != nil) != (wantErr != nil) {
		tb.Fatalf("error %v, the oracle's %v\n%.300q", err, wantErr, input)
	}
	if err != nil {
		want = want[:min(len(got), len(want))] // what was sent before is right
	} else {
		wantStats.Batches, wantStats.OutsideOffset, wantStats.Unordered = stats.Batches, stats.OutsideOffset, stats.Unordered
		wantStats.Unterminated = len(input) > 0 && input[len(input)-1] != '\n'
		if diff := cmp.Diff(wantStats, stats); diff != "" {
			tb.Fatalf("stats (-oracle +encoder):\n%.2000s\n%.300q", diff, input)
		}
	}
	if len(want) != len(got) {
		tb.Fatalf("%d rows, the oracle has %d\n%.300q", len(got), len(want), input)
	}
	for i := range got {
		if a, b := render(tb, t, want[i]), render(tb, t, got[i]); a != b {
			tb.Fatalf("row %d (-oracle +encoder):\n%.2000s\n%.300q", i+1, cmp.Diff(a, b), input)
		}
	}
}

// render gives equal texts for rows that say the same.
func render(tb testing.TB, t csv.Table, row Row) string {
	tb.Helper()
	var text strings.Builder
	names := []string{csv.UnparsedColumn}
	if t.Occurrence {
		names = append(names, csv.OccurrenceColumn)
	}
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
	}
	for name := range row {
		if !known[name] {
			tb.Fatalf("column %q is not the table's", name)
		}
	}
	for _, name := range names {
		value := row[name]
		if object, ok := value.(JSON); ok {
			var texts map[string]string
			if err := json.Unmarshal([]byte(object), &texts); err != nil {
				tb.Fatalf("%v in %q", err, object)
			}
			value = texts
		}
		if at, ok := value.(time.Time); ok {
			value = at.UTC().Format(time.RFC3339Nano)
		}
		fmt.Fprintf(&text, "%s %T %#v\n", name, value, value)
	}
	return text.String()
}
