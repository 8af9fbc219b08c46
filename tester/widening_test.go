package tester

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/script"
	"intercom-connector/tester/warehouse"
)

// A value that does not fit widens its column in the middle of a sync, and all
// values stay what they were.
func TestValuesWiden(t *testing.T) {
	tests := []struct {
		name     string
		declared string
		values   []*sdk.ValueType
		typ      string
		want     []string
	}{
		{"short that is none", "SHORT", []*sdk.ValueType{script.Short(1), script.Short(70000)}, "INTEGER", []string{"1", "70000"}},
		{"long in int", "INT", []*sdk.ValueType{script.Integer(1), script.Long(1 << 40)}, "BIGINT", []string{"1", "1099511627776"}},
		{"double in long", "LONG", []*sdk.ValueType{script.Long(1), script.Double(0.5)}, "DOUBLE", []string{"1.0", "0.5"}},
		{"text in long", "LONG", []*sdk.ValueType{script.Long(1), script.Text("x"), script.Null()}, "VARCHAR", []string{"1", "x", "∅"}},
		{"text in double", "DOUBLE", []*sdk.ValueType{script.Double(1), script.Double(0.1), script.Text("x"), script.Double(1)}, "VARCHAR", []string{"1.0", "0.1", "x", "1.0"}},
		{"text in float", "FLOAT", []*sdk.ValueType{script.Float(0.1), script.Text("x"), script.Float(0.1)}, "VARCHAR", []string{"0.1", "x", "0.1"}},
		{"long in text", "STRING", []*sdk.ValueType{script.Text("x"), script.Long(7), script.Boolean(true)}, "VARCHAR", []string{"x", "7", "true"}},
		{"big long in double", "DOUBLE", []*sdk.ValueType{script.Double(1), script.Long(1<<53 + 1)}, "VARCHAR", []string{"1.0", "9007199254740993"}},
		{"datetime in date", "NAIVE_DATE", []*sdk.ValueType{script.Date("2024-01-02"), script.Naive("2024-01-02T03:04:05Z")}, "TIMESTAMP", []string{"2024-01-02 00:00:00", "2024-01-02 03:04:05"}},
		{"utc in date", "NAIVE_DATE", []*sdk.ValueType{script.Date("2024-01-02"), script.UTC("2024-01-02T03:04:05Z")}, "TIMESTAMP WITH TIME ZONE", []string{"2024-01-02 00:00:00+00", "2024-01-02 03:04:05+00"}},
		{"utc in datetime", "NAIVE_DATETIME", []*sdk.ValueType{script.Naive("2024-01-02T03:04:05Z"), script.UTC("2024-01-02T03:04:05Z")}, "TIMESTAMP WITH TIME ZONE", []string{"2024-01-02 03:04:05+00", "2024-01-02 03:04:05+00"}},
		{"text in utc", "UTC_DATETIME", []*sdk.ValueType{script.UTC("2024-01-02T03:04:05Z"), script.Text("never"), script.UTC("2024-01-02T03:04:05.5Z")}, "VARCHAR", []string{"2024-01-02 03:04:05+00", "never", "2024-01-02 03:04:05.5+00"}},
		{"bigger decimal", "DECIMAL(4,2)", []*sdk.ValueType{script.Decimal("12.34"), script.Decimal("123.456"), script.Decimal("-0.5")}, "DECIMAL(6,3)", []string{"12.340", "123.456", "-0.500"}},
		{"long in decimal", "DECIMAL(4,2)", []*sdk.ValueType{script.Decimal("12.34"), script.Long(math.MinInt64)}, "DECIMAL(21,2)", []string{"12.34", "-9223372036854775808.00"}},
		{"huge decimal", "DECIMAL(4,2)", []*sdk.ValueType{script.Decimal("1.5"), script.Decimal("123456789012345678901234567890123456789")}, "VARCHAR", []string{"1.50", "123456789012345678901234567890123456789"}},
		{"blob and text", "BINARY", []*sdk.ValueType{script.Blob([]byte{1, 'a'}), script.Text("x"), script.Blob([]byte{1, 'a'})}, "VARCHAR", []string{`\x01a`, "x", `\x01a`}},
		{"unknown, then long", "UNSPECIFIED", []*sdk.ValueType{script.Null(), script.Long(5)}, "BIGINT", []string{"∅", "5"}},
		{"json and text", "JSON", []*sdk.ValueType{script.JSON("{}"), script.Text("x")}, "VARCHAR", []string{"{}", "x"}},
	}
	var tables []*sdk.Table
	var messages []*sdk.UpdateResponse
	for n, test := range tests {
		name := fmt.Sprint("t", n)
		tables = append(tables, script.TableOf(name, "k LONG key", "c "+test.declared))
		var records []*sdk.Record
		for i, v := range test.values {
			records = append(records, script.Upsert(name, script.Data{"k": script.Long(int64(i)), "c": v}))
		}
		messages = append(messages, script.Batch(records...))
	}
	config := serve(t, &script.Connector{Announces: script.SchemaOf(tables...), Send: script.Says(nil, append(messages, script.Checkpoint("{}"))...)})
	// Twice: the second sync finds the wider columns and keeps them.
	for sync := range 2 {
		if _, err := Run(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		for n, test := range tests {
			if diff := cmp.Diff([]string{test.typ}, rows(t, config, fmt.Sprintf("SELECT data_type FROM duckdb_columns() WHERE table_name = 't%d' AND column_name = 'c'", n))); diff != "" {
				t.Errorf("%s, sync %d: %s", test.name, sync, diff)
			}
			if diff := cmp.Diff(test.want, rows(t, config, fmt.Sprintf("SELECT c FROM tester.t%d ORDER BY k", n))); diff != "" {
				t.Errorf("%s, sync %d: %s", test.name, sync, diff)
			}
		}
	}
}

// The next sync's schema may have more columns, wider keys, and a SchemaChange
// may bring them in the middle of one.
func TestSchemaGrows(t *testing.T) {
	s := &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "k INT key", "v INT")), Send: script.Says(nil, script.Batch(script.Upsert("t", script.Data{"k": script.Integer(1), "v": script.Integer(1)})), script.Checkpoint("{}"))}
	config := serve(t, s)
	if _, err := Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	s.Announces = script.SchemaOf(script.TableOf("t", "k LONG key", "v INT", "w STRING"))
	s.Send = script.Says(nil,
		script.Batch(script.Upsert("t", script.Data{"k": script.Long(1 << 40), "v": script.Integer(2), "w": script.Text("new")})),
		script.SchemaChange(script.TableOf("t", "k LONG key", "x BOOLEAN"), script.TableOf("u", "k STRING key")),
		script.Batch(script.Upsert("t", script.Data{"k": script.Long(3), "v": script.Integer(3), "w": script.Null(), "x": script.Boolean(true)}), script.Upsert("u", script.Data{"k": script.Text("a")})),
		script.Checkpoint("{}"))
	sum, err := Run(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"1|1|∅|∅", "3|3|∅|true", "1099511627776|2|new|∅"}
	if diff := cmp.Diff(want, rows(t, config, "SELECT k, v, w, x FROM tester.t ORDER BY k")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a"}, rows(t, config, "SELECT k FROM tester.u")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"k"}, rows(t, config, "SELECT column_name FROM duckdb_columns() WHERE NOT is_nullable AND table_name = 't'")); diff != "" {
		t.Error("the widened key lost its constraint: " + diff)
	}
	if diff := cmp.Diff([]warehouse.Widening{{Table: "t", Column: "k", From: "INTEGER", To: "BIGINT"}}, sum.Widenings); diff != "" {
		t.Error(diff)
	}
	s.Announces = script.SchemaOf(script.TableOf("t", "k LONG", "v INT key", "w STRING"))
	if _, err := Run(t.Context(), config); err == nil {
		t.Error("another primary key was taken")
	}
}
