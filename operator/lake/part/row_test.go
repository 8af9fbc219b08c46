package part

import (
	"math"
	"strings"
	"testing"
	"time"

	"intercom-connector/membership/tables"
)

func TestAppendRow(t *testing.T) {
	columns := []Column{
		{"id", tables.String},
		{"n", tables.Long},
		{"x", tables.Double},
		{"yes", tables.Boolean},
		{"at", tables.Timestamp},
		{"json", tables.JSON},
		{"null", tables.String},
	}
	kiev := time.FixedZone("", 2*3600)
	line, err := AppendRow(nil, columns, []any{
		"a \"b\"\n\\ ü\u2028", int64(math.MinInt64), 0.1, true, time.Date(2026, 5, 4, 1, 30, 0, 0, kiev), `{"k":"v"}`, nil,
	})
	want := `{"id":"a \"b\"\n\\ ü\u2028","n":-9223372036854775808,"x":0.1,"yes":true,"at":"2026-05-03 23:30:00","json":"{\"k\":\"v\"}"}` + "\n"
	if err != nil || string(line) != want {
		t.Errorf("%v\ngot  %swant %s", err, line, want)
	}
	if line, err := AppendRow(nil, columns, make([]any, len(columns))); err != nil || string(line) != "{}\n" {
		t.Errorf("%s, %v", line, err)
	}
	for _, bad := range []any{math.NaN(), math.Inf(1), 3, []byte("x")} {
		if _, err := AppendRow(nil, columns[2:3], []any{bad}); err == nil || !strings.Contains(err.Error(), "column x") {
			t.Errorf("%v: %v", bad, err)
		}
	}
}
