package ndjson

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/csv/csvtest"
)

// start prepares an encoder whose lines are read with encoding/json.
func start(tb testing.TB, t csv.Table) csvtest.Encode {
	tb.Helper()
	e := mustEncoder(tb, t)
	kinds := map[string]csv.Kind{}
	for _, c := range t.Columns {
		kinds[c.Name] = c.Kind
	}
	return func(tb testing.TB, source csv.Source, w csv.Window) (rows []csvtest.Row, stats csv.Stats, err error) {
		stats, err = e.Encode(tb.Context(), source, w, func(at int64, timed bool, line []byte) error {
			row := read(tb, line, kinds)
			rows = append(rows, row)
			for _, c := range t.Columns {
				if c.Field == t.TimeField && c.Field != csv.Absent && c.Kind == csv.UTCDatetime && !c.Key {
					if want, ok := row[c.Name].(time.Time); ok != timed || ok && want.Unix() != at {
						tb.Fatalf("at %d, %v: %s", at, timed, line)
					}
				}
			}
			return nil
		})
		return rows, stats, err
	}
}

func read(tb testing.TB, line []byte, kinds map[string]csv.Kind) csvtest.Row {
	tb.Helper()
	if bytes.IndexByte(line, '\n') != len(line)-1 {
		tb.Fatalf("not one line: %q", line)
	}
	var values map[string]any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&values); err != nil {
		tb.Fatalf("%v in %s", err, line)
	}
	row := csvtest.Row{csv.UnparsedColumn: nil}
	for name, value := range values {
		var err error
		switch v := value.(type) {
		case string:
			switch {
			case name == csv.UnparsedColumn:
				row[name] = csvtest.JSON(v)
			case kinds[name] == csv.UTCDatetime:
				row[name], err = time.Parse("2006-01-02 15:04:05", v)
			default:
				row[name] = v
			}
		case json.Number:
			if kinds[name] == csv.Double {
				row[name], err = v.Float64()
			} else {
				row[name], err = strconv.ParseInt(v.String(), 10, 64)
			}
		default:
			tb.Fatalf("%s holds a %T: %s", name, value, line)
		}
		if err != nil {
			tb.Fatalf("%s: %v in %s", name, err, line)
		}
	}
	return row
}

func TestSuite(t *testing.T) { csvtest.Suite(t, start) }

func FuzzEncode(f *testing.F) { csvtest.Fuzz(f, start) }
