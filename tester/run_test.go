package tester

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/script"
)

func TestEveryTypeLands(t *testing.T) {
	config := serve(t, &script.Connector{Announces: script.SchemaOf(script.EveryType), Send: script.Says(nil,
		script.Batch(script.Upsert("every", script.EveryRow(1)), script.Upsert("every", script.EveryNull(2))), script.Checkpoint(`{"cursor":"a"}`))})
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
	if sum.Counts.Upserts != 2 || sum.Counts.Checkpoints != 1 || sum.Tables[0].Rows != 2 {
		t.Errorf("summary %+v", sum)
	}
	state, err := os.ReadFile(filepath.Join(filepath.Dir(config.WarehousePath), "state.json"))
	if err != nil || string(state) != `{"cursor":"a"}` {
		t.Errorf("state %q, %v", state, err)
	}
}

// The order of a table's records counts across record types.
func TestRecordTypesInOrder(t *testing.T) {
	kv := script.TableOf("kv", "k STRING key", "a LONG", "b STRING")
	row := func(k string, a int64, b string) script.Data {
		return script.Data{"k": script.Text(k), "a": script.Long(a), "b": script.Text(b)}
	}
	config := serve(t, &script.Connector{Announces: script.SchemaOf(kv), Send: script.Says(nil,
		script.Batch(script.Upsert("kv", row("old", 0, "before the truncate"))),
		script.Checkpoint(`{"n":1}`),
		script.Batch(script.Truncation("kv")),
		script.Batch(
			script.Upsert("kv", row("twice", 1, "first")),
			script.Upsert("kv", row("twice", 2, "last wins")),
			script.Upsert("kv", row("gone", 3, "deleted")),
			script.Deletion("kv", script.Data{"k": script.Text("gone")}),
			script.Upsert("kv", row("back", 4, "deleted, then here again")),
			script.Deletion("kv", script.Data{"k": script.Text("back")}),
			script.Upsert("kv", row("back", 5, "again")),
			script.Upsert("kv", row("patched", 6, "kept")),
			script.Update("kv", script.Data{"k": script.Text("patched"), "a": script.Long(7)}),
			script.Update("kv", script.Data{"k": script.Text("patched"), "a": script.Null()}),
			script.Update("kv", script.Data{"k": script.Text("absent"), "a": script.Long(8)}),
			script.Deletion("kv", script.Data{"k": script.Text("absent")}),
		),
		script.Single(script.Upsert("kv", row("alone", 9, "one a message"))),
		script.Checkpoint(`{"n":2}`))})
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
	if diff := cmp.Diff(Counts{Upserts: 8, Updates: 3, Deletes: 3, Truncates: 1, Checkpoints: 2}, sum.Counts); diff != "" {
		t.Error(diff)
	}
}

// An identical row of a table without a key lands once.
func TestNoPrimaryKey(t *testing.T) {
	s := &script.Connector{Announces: script.SchemaOf(script.TableOf("log", "a LONG", "b STRING")), Send: script.Says(nil,
		script.Batch(script.Upsert("log", script.Data{"a": script.Long(1), "b": script.Text("x")}), script.Upsert("log", script.Data{"a": script.Long(1), "b": script.Text("x")}),
			script.Upsert("log", script.Data{"a": script.Long(1), "b": script.Null()})),
		script.Checkpoint(`{}`))}
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
	s.Announces = script.SchemaOf(script.TableOf("log", "a LONG", "b STRING", "c STRING"))
	s.Send = script.Says(nil, script.Batch(script.Upsert("log", script.Data{"a": script.Long(1), "b": script.Text("x"), "c": script.Null()})), script.Checkpoint(`{}`))
	if _, err := Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2"}, rows(t, config, "SELECT count(*) FROM tester.log")); diff != "" {
		t.Error("a new column of nulls made old rows new: " + diff)
	}
}

func TestWithSchemas(t *testing.T) {
	schema := func(name string) *sdk.Schema {
		return &sdk.Schema{Name: name, Tables: []*sdk.Table{script.TableOf("t", "k LONG key")}}
	}
	record := func(name string, k int64) *sdk.Record {
		r := script.Upsert("t", script.Data{"k": script.Long(k)})
		r.SchemaName = &name
		return r
	}
	config := serve(t, &script.Connector{
		Announces: &sdk.SchemaResponse{Response: &sdk.SchemaResponse_WithSchema{WithSchema: &sdk.SchemaList{Schemas: []*sdk.Schema{schema("one"), schema("two")}}}},
		Send:      script.Says(nil, script.Batch(record("one", 1), record("two", 2), record("one", 3)), script.Checkpoint(`{}`)),
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
	send := func(err error) *script.Connector {
		return &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "k LONG key")), Send: script.Says(err,
			script.Batch(script.Upsert("t", script.Data{"k": script.Long(1)})), script.Checkpoint(`{"k":1}`), script.Batch(script.Upsert("t", script.Data{"k": script.Long(2)})))}
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
