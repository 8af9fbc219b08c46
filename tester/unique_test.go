package tester

import (
	"database/sql"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/script"
)

// Keys that the warehouse cannot tell apart are one key, in one batch, in one
// landing and across syncs: the last row counts.
func TestKeysThatAreOne(t *testing.T) {
	row := func(k *sdk.ValueType, v string) *sdk.UpdateResponse {
		return script.Batch(script.Upsert("t", script.Data{"k": k, "v": script.Text(v)}))
	}
	for _, test := range []struct {
		key  string
		keys [4]*sdk.ValueType
	}{
		{"DECIMAL(6,2)", [4]*sdk.ValueType{script.Decimal("1"), script.Decimal("+1.0"), script.Decimal("01.00"), script.Decimal("1.")}},
		{"DOUBLE", [4]*sdk.ValueType{script.Double(0), script.Double(math.Copysign(0, -1)), script.Double(0), script.Double(math.Copysign(0, -1))}},
		{"UTC_DATETIME", [4]*sdk.ValueType{script.UTC("2026-01-02T03:04:05.000001Z"), script.UTC("2026-01-02T03:04:05.000001001Z"), script.UTC("2026-01-02T03:04:05.000001999Z"), script.UTC("2026-01-02T03:04:05.000001Z")}},
		{"STRING", [4]*sdk.ValueType{script.Text(""), script.Text(""), script.Text(""), script.Text("")}},
	} {
		t.Run(test.key, func(t *testing.T) {
			s := &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "k "+test.key+" key", "v STRING"))}
			config := serve(t, s)
			for sync, messages := range [][]*sdk.UpdateResponse{
				{row(test.keys[0], "first"), row(test.keys[1], "second"), script.Checkpoint("{}")},
				{row(test.keys[2], "third"), script.Checkpoint("{}"), row(test.keys[3], "fourth"), script.Checkpoint("{}")},
			} {
				s.Send = script.Says(nil, messages...)
				if _, err := Run(t.Context(), config); err != nil {
					t.Fatal(err)
				}
				want := []string{[]string{"second", "fourth"}[sync]}
				if diff := cmp.Diff(want, rows(t, config, "SELECT v FROM tester.t")); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// A wider type under which two keys would be one is refused, and the table stays.
func TestKeyThatWouldLoseDigits(t *testing.T) {
	s := &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "k LONG key")), Send: script.Says(nil,
		script.Batch(script.Upsert("t", script.Data{"k": script.Long(1 << 60)}), script.Upsert("t", script.Data{"k": script.Long(1<<60 + 1)})), script.Checkpoint("{}"))}
	config := serve(t, s)
	if _, err := Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	s.Announces = script.SchemaOf(script.TableOf("t", "k DOUBLE key"))
	if _, err := Run(t.Context(), config); err == nil || !strings.Contains(err.Error(), "1 keys twice once its primary key (k) has its new type: start afresh with --reset") {
		t.Errorf("got %v", err)
	}
	want := []string{"1152921504606846976|BIGINT", "1152921504606846977|BIGINT"}
	if diff := cmp.Diff(want, rows(t, config, "SELECT k, typeof(k) FROM tester.t ORDER BY k")); diff != "" {
		t.Error(diff)
	}
}

// A warehouse of an earlier version has an index on the key. Its rows stay, the
// index goes.
func TestTableWithAnIndex(t *testing.T) {
	s := &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "k LONG key", "v STRING"), script.TableOf("log", "v STRING")), Send: script.Says(nil,
		script.Batch(script.Upsert("t", script.Data{"k": script.Long(2), "v": script.Text("new")}), script.Upsert("log", script.Data{"v": script.Text("a")})), script.Checkpoint("{}"))}
	config := serve(t, s)
	db, err := sql.Open("duckdb", config.WarehousePath)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE SCHEMA tester;
		CREATE TABLE tester.t (k BIGINT, v VARCHAR, _fivetran_synced TIMESTAMPTZ, _fivetran_deleted BOOLEAN, PRIMARY KEY (k));
		CREATE TABLE tester.log (_fivetran_id VARCHAR, v VARCHAR, _fivetran_synced TIMESTAMPTZ, _fivetran_deleted BOOLEAN, PRIMARY KEY (_fivetran_id));
		INSERT INTO tester.t VALUES (1, 'kept', now(), false), (2, 'old', now(), true);
		INSERT INTO tester.log VALUES ('some id', 'b', now(), false)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := Run(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"1|kept|false", "2|new|false"}, rows(t, config, "SELECT k, v, _fivetran_deleted FROM tester.t ORDER BY k")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"a", "b"}, rows(t, config, "SELECT v FROM tester.log ORDER BY v")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"log|_fivetran_id", "t|k"}, rows(t, config, "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT is_nullable ORDER BY ALL")); diff != "" {
			t.Error(diff)
		}
		if left := rows(t, config, "SELECT table_name FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'"); len(left) > 0 {
			t.Errorf("indexes %q", left)
		}
	}
}
