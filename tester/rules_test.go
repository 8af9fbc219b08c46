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
	"intercom-connector/tester/protocol"
	"intercom-connector/tester/screen"
	"intercom-connector/tester/script"
	"intercom-connector/tester/warehouse"
)

// Each rule of the protocol, broken once: the sync fails and names the rule,
// where it was broken, and no value of the row.
func TestRules(t *testing.T) {
	plain := script.SchemaOf(script.TableOf("t", "k STRING key", "v LONG"), script.TableOf("log", "v LONG"))
	row := func(k, v *sdk.ValueType) *sdk.Record { return script.Upsert("t", script.Data{"k": k, "v": v}) }
	good := row(script.Text("a"), script.Long(1))
	value := func(v *sdk.ValueType) []*sdk.UpdateResponse {
		return []*sdk.UpdateResponse{script.Batch(row(script.Text("a"), v))}
	}
	key := func(k *sdk.ValueType) []*sdk.UpdateResponse {
		return []*sdk.UpdateResponse{script.Batch(row(k, script.Long(1)))}
	}
	named := "s"
	tests := []struct {
		name   string
		schema *sdk.SchemaResponse
		send   []*sdk.UpdateResponse
		rule   protocol.Rule
		says   string // a part of the message
	}{
		{"101 records", plain, []*sdk.UpdateResponse{script.Batch(slices.Repeat([]*sdk.Record{good}, 101)...)}, protocol.RuleBatchSize, "101 records"},
		{"no records", plain, []*sdk.UpdateResponse{script.Batch()}, protocol.RuleEmptyBatch, "no records"},
		{"no operation", plain, []*sdk.UpdateResponse{{}}, protocol.RuleMalformed, "no operation"},
		{"unknown table", plain, []*sdk.UpdateResponse{script.Batch(script.Upsert("nope", script.Data{}))}, protocol.RuleUnknownTable, `table "nope"`},
		{"unknown column", plain, []*sdk.UpdateResponse{script.Batch(script.Upsert("t", script.Data{"k": script.Text("a"), "w": script.Long(1)}))}, protocol.RuleUnknownColumn, `column "w"`},
		{"missing column", plain, []*sdk.UpdateResponse{script.Batch(good), script.Single(script.Upsert("t", script.Data{"k": script.Text("b")}))}, protocol.RuleMissingColumn, `table "t", column "v", record 2`},
		{"null key", plain, key(script.Null()), protocol.RuleNullKey, `column "k"`},
		{"delete without key", plain, []*sdk.UpdateResponse{script.Batch(script.Deletion("t", script.Data{"v": script.Long(1)}))}, protocol.RuleNullKey, `column "k"`},
		{"update without key", plain, []*sdk.UpdateResponse{script.Batch(script.Update("t", script.Data{"v": script.Long(1)}))}, protocol.RuleNullKey, `column "k"`},
		{"key of another kind", script.SchemaOf(script.TableOf("t", "k LONG key", "v LONG")), key(script.Text("a")), protocol.RuleKeyKind, "of type LONG got a value of type STRING"},
		{"update of a table without key", plain, []*sdk.UpdateResponse{script.Batch(script.Update("log", script.Data{"v": script.Long(1)}))}, protocol.RuleRecordType, "takes no UPDATE"},
		{"record type 9", plain, []*sdk.UpdateResponse{script.Batch(&sdk.Record{TableName: "t", Type: 9})}, protocol.RuleRecordType, "9 does not exist"},
		{"no kind", plain, value(&sdk.ValueType{}), protocol.RuleValueKind, "no kind set"},
		{"naive_time", plain, value(&sdk.ValueType{Inner: &sdk.ValueType_NaiveTime{NaiveTime: script.Stamp("2024-01-01T00:00:00Z")}}), protocol.RuleValueKind, "naive_time"},
		{"null false", plain, value(&sdk.ValueType{Inner: &sdk.ValueType_Null{}}), protocol.RuleValue, "null is set to false"},
		{"json that is none", plain, value(script.JSON("{secret row")), protocol.RuleValue, "not JSON"},
		{"empty json", plain, value(script.JSON("")), protocol.RuleValue, "send null"},
		{"decimal that is none", plain, value(script.Decimal("1e5")), protocol.RuleValue, "not a decimal number"},
		{"date at noon", plain, value(&sdk.ValueType{Inner: &sdk.ValueType_NaiveDate{NaiveDate: script.Stamp("2024-01-01T12:00:00Z")}}), protocol.RuleValue, "not at 00:00:00"},
		{"year 10000", plain, value(&sdk.ValueType{Inner: &sdk.ValueType_UtcDatetime{UtcDatetime: &timestamppb.Timestamp{Seconds: 253402300800}}}), protocol.RuleValue, "outside the years"},
		{"bad nanos", plain, value(&sdk.ValueType{Inner: &sdk.ValueType_NaiveDatetime{NaiveDatetime: &timestamppb.Timestamp{Nanos: -1}}}), protocol.RuleValue, "outside the years"},
		{"state that is no JSON", plain, []*sdk.UpdateResponse{script.Checkpoint("cursor=1")}, protocol.RuleCheckpointJSON, "JSON object"},
		{"state that is no object", plain, []*sdk.UpdateResponse{script.Checkpoint("[1]")}, protocol.RuleCheckpointJSON, "JSON object"},
		{"schema named", plain, []*sdk.UpdateResponse{script.Batch(&sdk.Record{SchemaName: &named, TableName: "t", Data: good.GetData()})}, protocol.RuleSchemaName, "without schemas"},
		{"change of key", plain, []*sdk.UpdateResponse{script.SchemaChange(script.TableOf("t", "k STRING", "v LONG key"))}, protocol.RulePrimaryKeyChange, "primary key"},
		{"new key column", plain, []*sdk.UpdateResponse{script.SchemaChange(script.TableOf("t", "k STRING key", "w LONG key"))}, protocol.RulePrimaryKeyChange, `column "w"`},
		{"empty change", plain, []*sdk.UpdateResponse{{Operation: &sdk.UpdateResponse_SchemaChange{SchemaChange: &sdk.SchemaChange{}}}}, protocol.RuleMalformed, "no tables"},
		{"table without columns", script.SchemaOf(script.TableOf("t")), nil, protocol.RuleSchema, "no columns"},
		{"table without name", script.SchemaOf(script.TableOf("", "k LONG")), nil, protocol.RuleSchema, "no name"},
		{"column without name", script.SchemaOf(&sdk.Table{Name: "t", Columns: []*sdk.Column{{}}}), nil, protocol.RuleSchema, "no name"},
		{"column twice", script.SchemaOf(script.TableOf("t", "k LONG", "K STRING")), nil, protocol.RuleSchema, `"k" and "K"`},
		{"table twice", script.SchemaOf(script.TableOf("t", "k LONG"), script.TableOf("T", "k LONG")), nil, protocol.RuleSchema, `"t" and "T"`},
		{"NAIVE_TIME", script.SchemaOf(script.TableOf("t", "k NAIVE_TIME")), nil, protocol.RuleSchema, "not for sources"},
		{"DECIMAL(50,2)", script.SchemaOf(script.TableOf("t", "k DECIMAL(50,2)")), nil, protocol.RuleSchema, "DECIMAL(50,2)"},
		{"reserved name", script.SchemaOf(script.TableOf("t", "_fivetran_synced UTC_DATETIME")), nil, protocol.RuleReservedName, "Fivetran's own"},
		{"no schema", &sdk.SchemaResponse{}, nil, protocol.RuleSchema, "without any tables"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := serve(t, &script.Connector{Announces: test.schema, Send: script.Says(nil, test.send...)})
			_, err := Run(t.Context(), config)
			var broken *protocol.RuleError
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
		rule    protocol.Rule
	}{
		"invalid UTF-8":        {message(entry(0x6a, 2, 0xff, 'x')), protocol.RuleUTF8},
		"invalid UTF-8 in xml": {message(entry(0x7a, 1, 0xc3)), protocol.RuleUTF8},
		"truncated":            {message(entry(0x6a, 9, 'x')), protocol.RuleMalformed},
		"cut varint":           {[]byte{0x0a, 0x80}, protocol.RuleMalformed},
		"wrong wire type":      {message(entry(0x2a, 1, 'x')), protocol.RuleMalformed},
		"a varint operation":   {[]byte{0x08, 1}, protocol.RuleMalformed},
		"two operations":       {append(message(entry(0x08, 1)), message(entry(0x08, 1))...), protocol.RuleMalformed},
		"group end":            {[]byte{0x0c}, protocol.RuleMalformed},
		"not a Warning":        {[]byte{0x22, 2, 0x0a, 9}, protocol.RuleMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			tables := &catalog{tables: map[warehouse.TableName]*table{}}
			if err := tables.add("", []*sdk.Table{script.TableOf("t", "v STRING")}); err != nil {
				t.Fatal(err)
			}
			r := &reader{catalog: tables, count: &Counts{}, progress: &screen.Progress{}}
			var broken *protocol.RuleError
			if err := r.message(test.message); !errors.As(err, &broken) || broken.Rule != test.rule {
				t.Errorf("got %v, want the rule %s", err, test.rule)
			}
		})
	}
}

func TestMessageSize(t *testing.T) {
	const limit = 1 << 16
	big := script.Text(strings.Repeat("x", limit))
	config := serve(t, &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "v STRING")), Send: script.Says(nil, script.Batch(script.Upsert("t", script.Data{"v": big})))})
	config.maxMessage = limit
	_, err := Run(t.Context(), config)
	var broken *protocol.RuleError
	if !errors.As(err, &broken) || broken.Rule != protocol.RuleMessageSize {
		t.Fatalf("got %v", err)
	}
}

func TestTaskFailsTheSync(t *testing.T) {
	config := serve(t, &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "v LONG")), Send: script.Says(nil,
		script.Warning("the token Geheimnis-42 is old"), script.Task("renew the token Geheimnis-42 in the Developer Hub"))})
	config.Configuration = map[string]string{"access_token": "Geheimnis-42"}
	var shown strings.Builder
	config.Screen = screen.New(&shown, nil)
	sum, err := Run(t.Context(), config)
	if err == nil || !strings.Contains(err.Error(), "renew the token [secret] in the Developer Hub") {
		t.Errorf("got %v", err)
	}
	if sum.Warnings != 1 || strings.Contains(strings.Join(sum.WarningTexts, ""), "Geheimnis") || strings.Contains(shown.String(), "Geheimnis") {
		t.Errorf("summary %+v, shown %q", sum, shown.String())
	}
}

func TestConnectorsErrorIsShown(t *testing.T) {
	config := serve(t, &script.Connector{
		Announces: script.SchemaOf(script.TableOf("t", "v LONG")),
		Send:      script.Says(status.Error(codes.FailedPrecondition, "the window 10:00 to 11:00 cannot be had")),
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
	tables := script.SchemaOf(script.TableOf("t", "k LONG key", "v LONG", "hidden STRING"), script.TableOf("off", "k LONG key"), script.TableOf("new", "k LONG key"))
	run := func(send ...*sdk.UpdateResponse) (Config, error) {
		config := serve(t, &script.Connector{Announces: tables, Send: script.Says(nil, send...)})
		config.Selection = selection
		_, err := Run(t.Context(), config)
		return config, err
	}
	config, err := run(script.Batch(script.Upsert("t", script.Data{"k": script.Long(1), "v": script.Long(2)}), script.Upsert("new", script.Data{"k": script.Long(3)})), script.Checkpoint("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if got := rows(t, config, "SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE schema_name = 'tester' AND column_name NOT LIKE '_fivetran%' ORDER BY 1"); !slices.Equal(got, []string{"new.k", "t.k", "t.v"}) {
		t.Errorf("columns %q", got)
	}
	for _, send := range []*sdk.UpdateResponse{
		script.Batch(script.Upsert("off", script.Data{"k": script.Long(1)})),
		script.Batch(script.Upsert("t", script.Data{"k": script.Long(1), "v": script.Long(2), "hidden": script.Text("x")})),
	} {
		_, err := run(send)
		var broken *protocol.RuleError
		if !errors.As(err, &broken) || broken.Rule != protocol.RuleNotSelected {
			t.Errorf("got %v, want the rule %s", err, protocol.RuleNotSelected)
		}
	}
}
