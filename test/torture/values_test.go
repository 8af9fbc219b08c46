package torture

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"intercom-connector/sandbox"
)

// Values that break careless readers are data like any other. What a
// destination cannot hold, invalid UTF-8 and NUL, is repaired, with a warning.
func TestAwkwardValues(t *testing.T) {
	values := []struct{ sent, landed string }{
		{`=cmd|' /C calc'!A0`, `=cmd|' /C calc'!A0`},
		{"@SUM(1+1)*cmd", "@SUM(1+1)*cmd"},
		{"+1;-2\t=3", "+1;-2\t=3"},
		{"a,b\n\"c\"\r\nd", "a,b\n\"c\"\r\nd"},
		{"\x00NUL\x00", "NUL"},
		{"bad\xff\xfeutf", "bad�utf"},
		{"lone\xed\xa0\x80surrogate", "lone�surrogate"},
		{"half\xe2\x82", "half�"},
		{"bidi\u202egnp.exe", "bidi\u202egnp.exe"},
		{"\ufeffmark", "\ufeffmark"},
		{strings.Repeat("é", 1<<20), strings.Repeat("é", 1<<20)},
		{"'; DROP TABLE call; --", "'; DROP TABLE call; --"},
		{"${jndi:ldap://x}", "${jndi:ldap://x}"},
		{"-", "-"},
		{"NULL", "NULL"},
	}
	d := quiet(monday)[0]
	d.Rows = nil
	for i, v := range values {
		d.Rows = append(d.Rows, sandbox.Row{Time: monday.Add(-90 * time.Minute), Values: map[string]string{"call.call_id": fmt.Sprint(i), "call.call_state": v.sent}})
	}
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{d}}, nil, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0")
		if err := w.destination.schema(w.connector, w.configuration); err != nil {
			w.t.Fatal(err)
		}
		if err := w.sync(); err != nil {
			w.t.Fatal(err)
		}
		for i, v := range values {
			if got := textOf(w.destination.tables["call"][fmt.Sprint(i)]["call_state"]); got != v.landed {
				w.t.Errorf("sent %.40q, landed %.40q, want %.40q", v.sent, got, v.landed)
			}
		}
		want := []string{"call: fields with invalid UTF-8, repaired with U+FFFD: 3", "call: fields with NUL characters, removed: 1"}
		if !slices.Equal(w.destination.told, want) {
			w.t.Errorf("warnings %q, want %q", w.destination.told, want)
		}
	})
}

// Five thousand columns are columns.
func TestFiveThousandColumns(t *testing.T) {
	d := quiet(monday)[0]
	values := map[string]string{"call.call_id": "c1"}
	for i := range 5000 {
		id := fmt.Sprintf("conversation.Field %04d", i)
		d.Attributes = append(d.Attributes, sandbox.Attribute{QualifiedID: id})
		values[id] = fmt.Sprint("value ", i)
	}
	d.Rows = []sandbox.Row{{Time: monday.Add(-time.Hour), Values: values}}
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{d}}, nil, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0")
		if err := w.destination.schema(w.connector, w.configuration); err != nil {
			w.t.Fatal(err)
		}
		if err := w.sync(); err != nil {
			w.t.Fatal(err)
		}
		row := w.destination.tables["call"]["c1"]
		if got := textOf(row["conversation_field_4999"]); got != "value 4999" || len(row) < 5003 {
			w.t.Errorf("%d columns, the last %q", len(row), got)
		}
	})
}
