package tester

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	sdk "intercom-connector/proto"
)

// Each rule of the protocol, broken once: the sync fails and names the rule,
// where it was broken, and no value of the row.
func TestRules(t *testing.T) {
	plain := schemaOf(tableOf("t", "k STRING key", "v LONG"), tableOf("log", "v LONG"))
	row := func(k, v *sdk.ValueType) *sdk.Record { return upsert("t", data{"k": k, "v": v}) }
	good := row(text("a"), long(1))
	value := func(v *sdk.ValueType) []*sdk.UpdateResponse { return []*sdk.UpdateResponse{batch(row(text("a"), v))} }
	key := func(k *sdk.ValueType) []*sdk.UpdateResponse { return []*sdk.UpdateResponse{batch(row(k, long(1)))} }
	named := "s"
	tests := []struct {
		name   string
		schema *sdk.SchemaResponse
		send   []*sdk.UpdateResponse
		rule   Rule
		says   string // a part of the message
	}{
		{"101 records", plain, []*sdk.UpdateResponse{batch(slices.Repeat([]*sdk.Record{good}, 101)...)}, RuleBatchSize, "101 records"},
		{"no records", plain, []*sdk.UpdateResponse{batch()}, RuleEmptyBatch, "no records"},
		{"no operation", plain, []*sdk.UpdateResponse{{}}, RuleMalformed, "no operation"},
		{"unknown table", plain, []*sdk.UpdateResponse{batch(upsert("nope", data{}))}, RuleUnknownTable, `table "nope"`},
		{"unknown column", plain, []*sdk.UpdateResponse{batch(upsert("t", data{"k": text("a"), "w": long(1)}))}, RuleUnknownColumn, `column "w"`},
		{"missing column", plain, []*sdk.UpdateResponse{batch(good), single(upsert("t", data{"k": text("b")}))}, RuleMissingColumn, `table "t", column "v", record 2`},
		{"null key", plain, key(null()), RuleNullKey, `column "k"`},
		{"delete without key", plain, []*sdk.UpdateResponse{batch(deletion("t", data{"v": long(1)}))}, RuleNullKey, `column "k"`},
		{"update without key", plain, []*sdk.UpdateResponse{batch(update("t", data{"v": long(1)}))}, RuleNullKey, `column "k"`},
		{"key of another kind", schemaOf(tableOf("t", "k LONG key", "v LONG")), key(text("a")), RuleKeyKind, "of type LONG got a value of type STRING"},
		{"update of a table without key", plain, []*sdk.UpdateResponse{batch(update("log", data{"v": long(1)}))}, RuleRecordType, "takes no UPDATE"},
		{"record type 9", plain, []*sdk.UpdateResponse{batch(&sdk.Record{TableName: "t", Type: 9})}, RuleRecordType, "9 does not exist"},
		{"no kind", plain, value(&sdk.ValueType{}), RuleValueKind, "no kind set"},
		{"naive_time", plain, value(&sdk.ValueType{Inner: &sdk.ValueType_NaiveTime{NaiveTime: stamp("2024-01-01T00:00:00Z")}}), RuleValueKind, "naive_time"},
		{"null false", plain, value(&sdk.ValueType{Inner: &sdk.ValueType_Null{}}), RuleValue, "null is set to false"},
		{"json that is none", plain, value(jsonText("{secret row")), RuleValue, "not JSON"},
		{"empty json", plain, value(jsonText("")), RuleValue, "send null"},
		{"decimal that is none", plain, value(decimal("1e5")), RuleValue, "not a decimal number"},
		{"date at noon", plain, value(&sdk.ValueType{Inner: &sdk.ValueType_NaiveDate{NaiveDate: stamp("2024-01-01T12:00:00Z")}}), RuleValue, "not at 00:00:00"},
		{"year 10000", plain, value(&sdk.ValueType{Inner: &sdk.ValueType_UtcDatetime{UtcDatetime: &timestamppb.Timestamp{Seconds: 253402300800}}}), RuleValue, "outside the years"},
		{"bad nanos", plain, value(&sdk.ValueType{Inner: &sdk.ValueType_NaiveDatetime{NaiveDatetime: &timestamppb.Timestamp{Nanos: -1}}}), RuleValue, "outside the years"},
		{"state that is no JSON", plain, []*sdk.UpdateResponse{checkpoint("cursor=1")}, RuleCheckpointJSON, "JSON object"},
		{"state that is no object", plain, []*sdk.UpdateResponse{checkpoint("[1]")}, RuleCheckpointJSON, "JSON object"},
		{"schema named", plain, []*sdk.UpdateResponse{batch(&sdk.Record{SchemaName: &named, TableName: "t", Data: good.GetData()})}, RuleSchemaName, "without schemas"},
		{"change of key", plain, []*sdk.UpdateResponse{schemaChange(tableOf("t", "k STRING", "v LONG key"))}, RulePrimaryKeyChange, "primary key"},
		{"new key column", plain, []*sdk.UpdateResponse{schemaChange(tableOf("t", "k STRING key", "w LONG key"))}, RulePrimaryKeyChange, `column "w"`},
		{"empty change", plain, []*sdk.UpdateResponse{{Operation: &sdk.UpdateResponse_SchemaChange{SchemaChange: &sdk.SchemaChange{}}}}, RuleMalformed, "no tables"},
		{"table without columns", schemaOf(tableOf("t")), nil, RuleSchema, "no columns"},
		{"table without name", schemaOf(tableOf("", "k LONG")), nil, RuleSchema, "no name"},
		{"column without name", schemaOf(&sdk.Table{Name: "t", Columns: []*sdk.Column{{}}}), nil, RuleSchema, "no name"},
		{"column twice", schemaOf(tableOf("t", "k LONG", "K STRING")), nil, RuleSchema, `"k" and "K"`},
		{"table twice", schemaOf(tableOf("t", "k LONG"), tableOf("T", "k LONG")), nil, RuleSchema, `"t" and "T"`},
		{"key without type", schemaOf(tableOf("t", "k UNSPECIFIED key")), nil, RuleSchema, "needs a type"},
		{"NAIVE_TIME", schemaOf(tableOf("t", "k NAIVE_TIME")), nil, RuleSchema, "not for sources"},
		{"DECIMAL(50,2)", schemaOf(tableOf("t", "k DECIMAL(50,2)")), nil, RuleSchema, "DECIMAL(50,2)"},
		{"reserved name", schemaOf(tableOf("t", "_fivetran_synced UTC_DATETIME")), nil, RuleReservedName, "Fivetran's own"},
		{"no schema", &sdk.SchemaResponse{}, nil, RuleSchema, "without any tables"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := serve(t, &script{schema: test.schema, send: says(nil, test.send...)})
			_, err := Run(t.Context(), config)
			var broken *RuleError
			if !errors.As(err, &broken) || broken.Rule != test.rule {
				t.Fatalf("got %v, want the rule %s", err, test.rule)
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q does not say %q", err, test.says)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%q quotes a value", err)
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(config.WarehousePath), "state.json")); err == nil {
				t.Error("a sync without a checkpoint wrote a state")
			}
		})
	}
}

// Go refuses to marshal invalid UTF-8, so these bytes are written by hand.
func TestDecodeRefuses(t *testing.T) {
	entry := func(value ...byte) []byte {
		e := append([]byte{0x0a, 1, 'v', 0x12, byte(len(value))}, value...)
		return append([]byte{0x12, 1, 't', 0x22, byte(len(e))}, e...)
	}
	message := func(record []byte) []byte { return append([]byte{0x0a, byte(len(record))}, record...) }
	for name, test := range map[string]struct {
		message []byte
		rule    Rule
	}{
		"invalid UTF-8":        {message(entry(0x6a, 2, 0xff, 'x')), RuleUTF8},
		"invalid UTF-8 in xml": {message(entry(0x7a, 1, 0xc3)), RuleUTF8},
		"truncated":            {message(entry(0x6a, 9, 'x')), RuleMalformed},
		"cut varint":           {[]byte{0x0a, 0x80}, RuleMalformed},
		"wrong wire type":      {message(entry(0x2a, 1, 'x')), RuleMalformed},
		"a varint operation":   {[]byte{0x08, 1}, RuleMalformed},
		"two operations":       {append(message(entry(0x08, 1)), message(entry(0x08, 1))...), RuleMalformed},
		"group end":            {[]byte{0x0c}, RuleMalformed},
		"not a Warning":        {[]byte{0x22, 2, 0x0a, 9}, RuleMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			tables := &catalog{tables: map[tableName]*table{}}
			if err := tables.add("", []*sdk.Table{tableOf("t", "v STRING")}); err != nil {
				t.Fatal(err)
			}
			r := &reader{catalog: tables, count: &counts{}}
			var broken *RuleError
			if err := r.message(test.message); !errors.As(err, &broken) || broken.Rule != test.rule {
				t.Errorf("got %v, want the rule %s", err, test.rule)
			}
		})
	}
}

func TestMessageSize(t *testing.T) {
	const limit = 1 << 16
	big := text(strings.Repeat("x", limit))
	config := serve(t, &script{schema: schemaOf(tableOf("t", "v STRING")), send: says(nil, batch(upsert("t", data{"v": big})))})
	config.maxMessage = limit
	_, err := Run(t.Context(), config)
	var broken *RuleError
	if !errors.As(err, &broken) || broken.Rule != RuleMessageSize {
		t.Fatalf("got %v", err)
	}
}

func TestTaskFailsTheSync(t *testing.T) {
	config := serve(t, &script{schema: schemaOf(tableOf("t", "v LONG")), send: says(nil,
		warning("the token Geheimnis-42 is old"), task("renew the token Geheimnis-42 in the Developer Hub"))})
	config.Configuration = map[string]string{"access_token": "Geheimnis-42"}
	var shown strings.Builder
	config.Screen = NewScreen(&shown, false)
	sum, err := Run(t.Context(), config)
	if err == nil || !strings.Contains(err.Error(), "renew the token [secret] in the Developer Hub") {
		t.Errorf("got %v", err)
	}
	if sum.Warnings != 1 || strings.Contains(strings.Join(sum.WarningTexts, ""), "Geheimnis") || strings.Contains(shown.String(), "Geheimnis") {
		t.Errorf("summary %+v, shown %q", sum, shown.String())
	}
}

func TestConnectorsErrorIsShown(t *testing.T) {
	config := serve(t, &script{
		schema: schemaOf(tableOf("t", "v LONG")),
		send:   says(status.Error(codes.FailedPrecondition, "the window 10:00 to 11:00 cannot be had")),
	})
	_, err := Run(t.Context(), config)
	if want := "Update failed (FailedPrecondition): the window 10:00 to 11:00 cannot be had"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// What the user excluded must not come, and is not missed.
func TestSelection(t *testing.T) {
	selection := &sdk.Selection{Selection: &sdk.Selection_WithoutSchema{WithoutSchema: &sdk.TablesWithNoSchema{
		IncludeNewTables: true,
		Tables: []*sdk.TableSelection{
			{TableName: "t", Included: true, IncludeNewColumns: true, Columns: map[string]bool{"hidden": false, "k": false}},
			{TableName: "off", Included: false},
		},
	}}}
	tables := schemaOf(tableOf("t", "k LONG key", "v LONG", "hidden STRING"), tableOf("off", "k LONG key"), tableOf("new", "k LONG key"))
	run := func(send ...*sdk.UpdateResponse) (Config, error) {
		config := serve(t, &script{schema: tables, send: says(nil, send...)})
		config.Selection = selection
		_, err := Run(t.Context(), config)
		return config, err
	}
	config, err := run(batch(upsert("t", data{"k": long(1), "v": long(2)}), upsert("new", data{"k": long(3)})), checkpoint("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if got := rows(t, config, "SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE schema_name = 'tester' AND column_name NOT LIKE '_fivetran%' ORDER BY 1"); !slices.Equal(got, []string{"new.k", "t.k", "t.v"}) {
		t.Errorf("columns %q", got)
	}
	for _, send := range []*sdk.UpdateResponse{
		batch(upsert("off", data{"k": long(1)})),
		batch(upsert("t", data{"k": long(1), "v": long(2), "hidden": text("x")})),
	} {
		_, err := run(send)
		var broken *RuleError
		if !errors.As(err, &broken) || broken.Rule != RuleNotSelected {
			t.Errorf("got %v, want the rule %s", err, RuleNotSelected)
		}
	}
}
