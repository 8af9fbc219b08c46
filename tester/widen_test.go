package tester

import (
	"database/sql"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	sdk "intercom-connector/proto"
)

func TestLadder(t *testing.T) {
	parse := func(name string) dataType {
		typ, err := declaredType(tableOf("t", "c "+name).GetColumns()[0])
		if err != nil {
			t.Fatal(err)
		}
		return typ
	}
	for _, test := range []struct{ a, b, want string }{
		{"UNSPECIFIED", "LONG", "LONG"},
		{"SHORT", "INT", "INT"},
		{"SHORT", "LONG", "LONG"},
		{"INT", "DOUBLE", "DOUBLE"},
		{"SHORT", "FLOAT", "FLOAT"},
		{"INT", "FLOAT", "DOUBLE"},  // a FLOAT keeps 24 bits of an INT's 32
		{"LONG", "FLOAT", "DOUBLE"}, // and fewer of a LONG's
		{"FLOAT", "DOUBLE", "DOUBLE"},
		{"DECIMAL(10,2)", "DECIMAL(8,4)", "DECIMAL(12,4)"},
		{"DECIMAL(10,2)", "LONG", "DECIMAL(21,2)"},
		{"DECIMAL(38,30)", "LONG", "STRING"},
		{"DECIMAL(10,2)", "DOUBLE", "DOUBLE"},
		{"DECIMAL(30,2)", "DOUBLE", "STRING"},
		{"NAIVE_DATE", "NAIVE_DATETIME", "NAIVE_DATETIME"},
		{"NAIVE_DATE", "UTC_DATETIME", "UTC_DATETIME"},
		{"NAIVE_DATETIME", "UTC_DATETIME", "UTC_DATETIME"},
		{"BOOLEAN", "LONG", "STRING"},
		{"LONG", "UTC_DATETIME", "STRING"},
		{"LONG", "STRING", "STRING"},
		{"BINARY", "STRING", "STRING"},
		{"JSON", "STRING", "STRING"},
		{"JSON", "LONG", "STRING"},
		{"JSON", "JSON", "JSON"},
	} {
		want := parse(test.want)
		if got := widen(parse(test.a), parse(test.b)); got != want {
			t.Errorf("widen(%s, %s) = %v, want %v", test.a, test.b, got, want)
		}
		if got := widen(parse(test.b), parse(test.a)); got != want {
			t.Errorf("widen(%s, %s) = %v, want %v", test.b, test.a, got, want)
		}
	}
}

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
		{"short that is none", "SHORT", []*sdk.ValueType{short(1), short(70000)}, "INTEGER", []string{"1", "70000"}},
		{"long in int", "INT", []*sdk.ValueType{integer(1), long(1 << 40)}, "BIGINT", []string{"1", "1099511627776"}},
		{"double in long", "LONG", []*sdk.ValueType{long(1), double(0.5)}, "DOUBLE", []string{"1.0", "0.5"}},
		{"text in long", "LONG", []*sdk.ValueType{long(1), text("x"), null()}, "VARCHAR", []string{"1", "x", "∅"}},
		{"text in double", "DOUBLE", []*sdk.ValueType{double(1), double(0.1), text("x"), double(1)}, "VARCHAR", []string{"1.0", "0.1", "x", "1.0"}},
		{"text in float", "FLOAT", []*sdk.ValueType{float(0.1), text("x"), float(0.1)}, "VARCHAR", []string{"0.1", "x", "0.1"}},
		{"long in text", "STRING", []*sdk.ValueType{text("x"), long(7), boolean(true)}, "VARCHAR", []string{"x", "7", "true"}},
		{"big long in double", "DOUBLE", []*sdk.ValueType{double(1), long(1<<53 + 1)}, "VARCHAR", []string{"1.0", "9007199254740993"}},
		{"datetime in date", "NAIVE_DATE", []*sdk.ValueType{date("2024-01-02"), naive("2024-01-02T03:04:05Z")}, "TIMESTAMP", []string{"2024-01-02 00:00:00", "2024-01-02 03:04:05"}},
		{"utc in date", "NAIVE_DATE", []*sdk.ValueType{date("2024-01-02"), utc("2024-01-02T03:04:05Z")}, "TIMESTAMP WITH TIME ZONE", []string{"2024-01-02 00:00:00+00", "2024-01-02 03:04:05+00"}},
		{"utc in datetime", "NAIVE_DATETIME", []*sdk.ValueType{naive("2024-01-02T03:04:05Z"), utc("2024-01-02T03:04:05Z")}, "TIMESTAMP WITH TIME ZONE", []string{"2024-01-02 03:04:05+00", "2024-01-02 03:04:05+00"}},
		{"text in utc", "UTC_DATETIME", []*sdk.ValueType{utc("2024-01-02T03:04:05Z"), text("never"), utc("2024-01-02T03:04:05.5Z")}, "VARCHAR", []string{"2024-01-02 03:04:05+00", "never", "2024-01-02 03:04:05.5+00"}},
		{"bigger decimal", "DECIMAL(4,2)", []*sdk.ValueType{decimal("12.34"), decimal("123.456"), decimal("-0.5")}, "DECIMAL(6,3)", []string{"12.340", "123.456", "-0.500"}},
		{"long in decimal", "DECIMAL(4,2)", []*sdk.ValueType{decimal("12.34"), long(math.MinInt64)}, "DECIMAL(21,2)", []string{"12.34", "-9223372036854775808.00"}},
		{"huge decimal", "DECIMAL(4,2)", []*sdk.ValueType{decimal("1.5"), decimal("123456789012345678901234567890123456789")}, "VARCHAR", []string{"1.50", "123456789012345678901234567890123456789"}},
		{"blob and text", "BINARY", []*sdk.ValueType{blob([]byte{1, 'a'}), text("x"), blob([]byte{1, 'a'})}, "VARCHAR", []string{`\x01a`, "x", `\x01a`}},
		{"unknown, then long", "UNSPECIFIED", []*sdk.ValueType{null(), long(5)}, "BIGINT", []string{"∅", "5"}},
		{"json and text", "JSON", []*sdk.ValueType{jsonText("{}"), text("x")}, "VARCHAR", []string{"{}", "x"}},
	}
	var tables []*sdk.Table
	var messages []*sdk.UpdateResponse
	for n, test := range tests {
		name := fmt.Sprint("t", n)
		tables = append(tables, tableOf(name, "k LONG key", "c "+test.declared))
		var records []*sdk.Record
		for i, v := range test.values {
			records = append(records, upsert(name, data{"k": long(int64(i)), "c": v}))
		}
		messages = append(messages, batch(records...))
	}
	config := serve(t, &script{schema: schemaOf(tables...), send: says(nil, append(messages, checkpoint("{}"))...)})
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

// What appendText writes is what DuckDB's cast writes.
func TestTextIsAsDuckDBCasts(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("SET TimeZone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	for _, f := range []float64{
		0, 1, -1, 0.1, 1.0 / 3, 1e15, 123456789012345680, 1e16, 1.5e16, 1e17, 1e20, 1e21, 1e22, 1e-4, 0.00012345, 1e-5, 1.5e-7, 1e300,
		math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1),
	} {
		var want string
		if err := db.QueryRow("SELECT ?::DOUBLE::VARCHAR", f).Scan(&want); err != nil {
			t.Fatal(err)
		}
		if got := string((&value{kind: kindDouble, f: f}).appendText(nil)); got != want {
			t.Errorf("double %v: %s, DuckDB says %s", f, got, want)
		}
		if f32 := float32(f); !math.IsInf(float64(f32), 0) {
			if err := db.QueryRow("SELECT ?::FLOAT::VARCHAR", f32).Scan(&want); err != nil {
				t.Fatal(err)
			}
			if got := string((&value{kind: kindFloat, f: float64(f32)}).appendText(nil)); got != want {
				t.Errorf("float %v: %s, DuckDB says %s", f32, got, want)
			}
		}
	}
	for _, v := range []value{
		{i: 0}, {i: 1, nanos: 500_000_000}, {i: -1, nanos: 1_000}, {i: 1_700_000_000, nanos: 123_456_789}, {i: minSeconds}, {i: maxSeconds},
	} {
		for k, typ := range map[kind]string{kindNaiveDatetime: "TIMESTAMP", kindUTCDatetime: "TIMESTAMPTZ"} {
			v.kind = k
			var want string
			if err := db.QueryRow("SELECT make_timestamp(?::BIGINT)::"+typ+"::VARCHAR", v.micros()).Scan(&want); err != nil {
				t.Fatal(err)
			}
			if got := string(v.appendText(nil)); got != want {
				t.Errorf("%s: %s, DuckDB says %s", typ, got, want)
			}
		}
		v.kind, v.nanos = kindNaiveDate, 0
		v.i -= ((v.i % 86400) + 86400) % 86400
		var want string
		if err := db.QueryRow("SELECT make_timestamp(?::BIGINT)::DATE::VARCHAR", v.micros()).Scan(&want); err != nil {
			t.Fatal(err)
		}
		if got := string(v.appendText(nil)); got != want {
			t.Errorf("date: %s, DuckDB says %s", got, want)
		}
	}
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	var want string
	if err := db.QueryRow("SELECT ?::BLOB::VARCHAR", all).Scan(&want); err != nil {
		t.Fatal(err)
	}
	if got := string((&value{kind: kindBinary, b: all}).appendText(nil)); got != want {
		t.Errorf("blob: %s, DuckDB says %s", got, want)
	}
}

// The next sync's schema may have more columns, wider keys, and a SchemaChange
// may bring them in the middle of one.
func TestSchemaGrows(t *testing.T) {
	s := &script{schema: schemaOf(tableOf("t", "k INT key", "v INT")), send: says(nil, batch(upsert("t", data{"k": integer(1), "v": integer(1)})), checkpoint("{}"))}
	config := serve(t, s)
	if _, err := Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	s.schema = schemaOf(tableOf("t", "k LONG key", "v INT", "w STRING"))
	s.send = says(nil,
		batch(upsert("t", data{"k": long(1 << 40), "v": integer(2), "w": text("new")})),
		schemaChange(tableOf("t", "k LONG key", "x BOOLEAN"), tableOf("u", "k STRING key")),
		batch(upsert("t", data{"k": long(3), "v": integer(3), "w": null(), "x": boolean(true)}), upsert("u", data{"k": text("a")})),
		checkpoint("{}"))
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
	if diff := cmp.Diff([]Widening{{"t", "k", "INTEGER", "BIGINT"}}, sum.Widenings); diff != "" {
		t.Error(diff)
	}
	s.schema = schemaOf(tableOf("t", "k LONG", "v INT key", "w STRING"))
	if _, err := Run(t.Context(), config); err == nil {
		t.Error("another primary key was taken")
	}
}
