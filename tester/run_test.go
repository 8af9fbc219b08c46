package tester

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	sdk "intercom-connector/proto"
)

var everyType = tableOf("every",
	"id LONG key", "b BOOLEAN", "s SHORT", "i INT", "l LONG", "dec DECIMAL(10,2)", "f FLOAT", "d DOUBLE",
	"day NAIVE_DATE", "at NAIVE_DATETIME", "utc UTC_DATETIME", "bin BINARY", "x XML", "t STRING", "j JSON")

func everyRow(id int64) data {
	return data{
		"id": long(id), "b": boolean(true), "s": short(-7), "i": integer(70000), "l": long(1 << 40),
		"dec": decimal("12345678.90"), "f": float(0.5), "d": double(0.1), "day": date("2024-02-29"),
		"at": naive("2024-02-29T12:34:56.789012Z"), "utc": utc("1969-12-31T23:59:59Z"),
		"bin": blob([]byte{0, 'A', 0xff}), "x": xml("<a/>"), "t": text("zwölf Boxkämpfer, a text that does not fit in a word"), "j": jsonText(`{"a":[1]}`),
	}
}

func everyNull(id int64) data {
	d := data{}
	for name := range everyRow(id) {
		d[name] = null()
	}
	d["id"] = long(id)
	return d
}

func TestEveryTypeLands(t *testing.T) {
	config := serve(t, &script{schema: schemaOf(everyType), send: says(nil,
		batch(upsert("every", everyRow(1)), upsert("every", everyNull(2))), checkpoint(`{"cursor":"a"}`))})
	sum, err := Run(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`1|true|-7|70000|1099511627776|12345678.90|0.5|0.1|2024-02-29|2024-02-29 12:34:56.789012|1969-12-31 23:59:59+00|\x00A\xFF|<a/>|zwölf Boxkämpfer, a text that does not fit in a word|{"a":[1]}|2026-01-02 03:04:05+00|false`,
		`2|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|2026-01-02 03:04:05+00|false`,
	}
	if diff := cmp.Diff(want, rows(t, config, "SELECT * FROM tester.every ORDER BY id")); diff != "" {
		t.Error(diff)
	}
	wantTypes := []string{
		"id|BIGINT", "b|BOOLEAN", "s|SMALLINT", "i|INTEGER", "l|BIGINT", "dec|DECIMAL(10,2)", "f|FLOAT", "d|DOUBLE",
		"day|DATE", "at|TIMESTAMP", "utc|TIMESTAMP WITH TIME ZONE", "bin|BLOB", "x|VARCHAR", "t|VARCHAR", "j|VARCHAR",
		"_fivetran_synced|TIMESTAMP WITH TIME ZONE", "_fivetran_deleted|BOOLEAN",
	}
	if diff := cmp.Diff(wantTypes, rows(t, config, "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'every' ORDER BY column_index")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"id"}, rows(t, config, "SELECT column_name FROM duckdb_columns() WHERE NOT is_nullable")); diff != "" {
		t.Error("the key's columns, and no others, are NOT NULL: " + diff)
	}
	if sum.Upserts != 2 || sum.Checkpoints != 1 || sum.Tables[0].Rows != 2 {
		t.Errorf("summary %+v", sum)
	}
	state, err := os.ReadFile(filepath.Join(filepath.Dir(config.WarehousePath), "state.json"))
	if err != nil || string(state) != `{"cursor":"a"}` {
		t.Errorf("state %q, %v", state, err)
	}
}

// The order of a table's records counts across record types.
func TestRecordTypesInOrder(t *testing.T) {
	kv := tableOf("kv", "k STRING key", "a LONG", "b STRING")
	row := func(k string, a int64, b string) data { return data{"k": text(k), "a": long(a), "b": text(b)} }
	config := serve(t, &script{schema: schemaOf(kv), send: says(nil,
		batch(upsert("kv", row("old", 0, "before the truncate"))),
		checkpoint(`{"n":1}`),
		batch(truncation("kv")),
		batch(
			upsert("kv", row("twice", 1, "first")),
			upsert("kv", row("twice", 2, "last wins")),
			upsert("kv", row("gone", 3, "deleted")),
			deletion("kv", data{"k": text("gone")}),
			upsert("kv", row("back", 4, "deleted, then here again")),
			deletion("kv", data{"k": text("back")}),
			upsert("kv", row("back", 5, "again")),
			upsert("kv", row("patched", 6, "kept")),
			update("kv", data{"k": text("patched"), "a": long(7)}),
			update("kv", data{"k": text("patched"), "a": null()}),
			update("kv", data{"k": text("absent"), "a": long(8)}),
			deletion("kv", data{"k": text("absent")}),
		),
		single(upsert("kv", row("alone", 9, "one a message"))),
		checkpoint(`{"n":2}`))})
	sum, err := Run(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"alone|9|one a message|false",
		"back|5|again|false",
		"gone|3|deleted|true",
		"old|0|before the truncate|true",
		"patched|∅|kept|false",
		"twice|2|last wins|false",
	}
	if diff := cmp.Diff(want, rows(t, config, "SELECT k, a, b, _fivetran_deleted FROM tester.kv ORDER BY k")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(counts{Upserts: 8, Updates: 3, Deletes: 3, Truncates: 1, Checkpoints: 2}, sum.counts); diff != "" {
		t.Error(diff)
	}
}

// An identical row of a table without a key lands once.
func TestNoPrimaryKey(t *testing.T) {
	s := &script{schema: schemaOf(tableOf("log", "a LONG", "b STRING")), send: says(nil,
		batch(upsert("log", data{"a": long(1), "b": text("x")}), upsert("log", data{"a": long(1), "b": text("x")}),
			upsert("log", data{"a": long(1), "b": null()})),
		checkpoint(`{}`))}
	config := serve(t, s)
	for range 2 {
		if _, err := Run(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"1|x|43|false", "1|∅|43|false"}
	if diff := cmp.Diff(want, rows(t, config, "SELECT a, b, length(_fivetran_id), _fivetran_deleted FROM tester.log ORDER BY b NULLS LAST")); diff != "" {
		t.Error(diff)
	}
	s.schema = schemaOf(tableOf("log", "a LONG", "b STRING", "c STRING"))
	s.send = says(nil, batch(upsert("log", data{"a": long(1), "b": text("x"), "c": null()})), checkpoint(`{}`))
	if _, err := Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2"}, rows(t, config, "SELECT count(*) FROM tester.log")); diff != "" {
		t.Error("a new column of nulls made old rows new: " + diff)
	}
}

func TestWithSchemas(t *testing.T) {
	schema := func(name string) *sdk.Schema {
		return &sdk.Schema{Name: name, Tables: []*sdk.Table{tableOf("t", "k LONG key")}}
	}
	record := func(name string, k int64) *sdk.Record {
		r := upsert("t", data{"k": long(k)})
		r.SchemaName = &name
		return r
	}
	config := serve(t, &script{
		schema: &sdk.SchemaResponse{Response: &sdk.SchemaResponse_WithSchema{WithSchema: &sdk.SchemaList{Schemas: []*sdk.Schema{schema("one"), schema("two")}}}},
		send:   says(nil, batch(record("one", 1), record("two", 2), record("one", 3)), checkpoint(`{}`)),
	})
	config.Schema = "mine"
	if _, err := Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	want := []string{"one|1", "one|3", "two|2"}
	if diff := cmp.Diff(want, rows(t, config, "SELECT 'one' AS s, k FROM mine_one.t UNION ALL SELECT 'two', k FROM mine_two.t ORDER BY 1, 2")); diff != "" {
		t.Error(diff)
	}
}

// What a connector sent after its last checkpoint lands when the stream ends
// well, and does not when it fails.
func TestRowsAfterTheLastCheckpoint(t *testing.T) {
	send := func(err error) *script {
		return &script{schema: schemaOf(tableOf("t", "k LONG key")), send: says(err,
			batch(upsert("t", data{"k": long(1)})), checkpoint(`{"k":1}`), batch(upsert("t", data{"k": long(2)})))}
	}
	good := serve(t, send(nil))
	sum, err := Run(t.Context(), good)
	if err != nil || sum.Warnings != 1 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if diff := cmp.Diff([]string{"1", "2"}, rows(t, good, "SELECT k FROM tester.t ORDER BY k")); diff != "" {
		t.Error(diff)
	}
	bad := serve(t, send(context.DeadlineExceeded))
	sum, err = Run(t.Context(), bad)
	if err == nil || sum.Dropped != 1 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if diff := cmp.Diff([]string{"1"}, rows(t, bad, "SELECT k FROM tester.t")); diff != "" {
		t.Error(diff)
	}
}
