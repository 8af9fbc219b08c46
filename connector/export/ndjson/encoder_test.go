package ndjson

import (
	"strings"
	"testing"

	"intercom-connector/connector/export/csv"
)

func TestLines(t *testing.T) {
	e, err := NewEncoder(csv.Table{
		Name: "call", TimeField: 1,
		Columns: []csv.Column{{Name: "id", Field: 0}, {Name: "at", Kind: csv.UTCDatetime, Field: 1}, {Name: "talk", Kind: csv.Double, Field: 2}, {Name: "hops", Kind: csv.Long, Field: 3}},
		Header:  []csv.Field{{ID: "id"}, {ID: "at"}, {ID: "talk", Name: "Talk time"}, {ID: "hops"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	_, err = e.Encode(t.Context(), csv.FromReader(strings.NewReader("at,id, Talk time ,hops,more\n1795500000123,c1,12.5,3,x\n1795503600987,c2,\"1,234\",3.5,x\n1795507200000,c3,\"0,5\",,x\n")), csv.Window{}, func(_ int64, _ bool, line []byte) error {
		got.Write(line)
		return nil
	})
	want := `{"at":"2026-11-24 06:00:00.123","id":"c1","talk":12.5,"hops":3}` + "\n" +
		`{"at":"2026-11-24 07:00:00.987","id":"c2","unparsed_values":"{\"talk\":\"1,234\",\"hops\":\"3.5\"}"}` + "\n" +
		`{"at":"2026-11-24 08:00:00","id":"c3","talk":0.5}` + "\n"
	if err != nil || got.String() != want {
		t.Errorf("%v\n got %s\nwant %s", err, got.String(), want)
	}
}
