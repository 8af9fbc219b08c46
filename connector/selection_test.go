package connector

import (
	"strings"
	"testing"
	"time"

	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

func TestSelection(t *testing.T) {
	team := calls(monday.Add(-day), 24)
	team.ID = "call_team_stats"
	options := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24), team}}
	columns := map[string]bool{"call_id": false, "call_state": false}
	table := []*sdk.TableSelection{{Included: true, TableName: "call", Columns: columns, IncludeNewColumns: true}}
	tests := map[string]*sdk.Selection{
		"tables": {Selection: &sdk.Selection_WithoutSchema{WithoutSchema: &sdk.TablesWithNoSchema{Tables: table}}},
		"schemas": {Selection: &sdk.Selection_WithSchema{WithSchema: &sdk.TablesWithSchema{
			Schemas: []*sdk.SchemaSelection{{Included: true, SchemaName: "intercom", Tables: table}},
		}}},
	}
	for name, selection := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, monday, options, func(w *world) {
				w.set("dataset_id", "all")
				if err := w.destination.syncSelected(w.connector, w.configuration, selection); err != nil {
					t.Fatal(err)
				}
				if n := w.destination.upserts["call_team_stats"]; n != 0 {
					t.Errorf("%d rows of a table that is not selected", n)
				}
				for _, row := range w.destination.tables["call"] {
					if row["call_id"] == nil || row["call_state"] != nil || row["call_initiated_at"] == nil {
						t.Fatalf("columns of a row: %v", row)
					}
				}
				if n := len(w.destination.tables["call"]); n != 24 {
					t.Errorf("%d rows", n)
				}
			})
		})
	}
}

func TestEmptySelectionMeansEverything(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)}}, func(w *world) {
		w.set("dataset_id", "call")
		if err := w.destination.syncSelected(w.connector, w.configuration, &sdk.Selection{}); err != nil {
			t.Fatal(err)
		}
		if n := len(w.destination.tables["call"]); n != 24 {
			t.Errorf("%d rows", n)
		}
	})
}

// A column that is selected again lacks what was read without it: who selects it is told,
// as of a new one.
func TestColumnSelectedAgain(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)}}, func(w *world) {
		w.set("dataset_id", "call")
		without := &sdk.Selection{Selection: &sdk.Selection_WithoutSchema{WithoutSchema: &sdk.TablesWithNoSchema{
			IncludeNewTables: true, Tables: []*sdk.TableSelection{{Included: true, TableName: "call", Columns: map[string]bool{"call_state": false}, IncludeNewColumns: true}},
		}}}
		const again = "table call has new columns (call_state): rows read before now lack them until they are read again; re-sync the table to fill them"
		for i, sync := range []struct {
			selection *sdk.Selection
			warning   string
		}{{nil, ""}, {without, ""}, {without, ""}, {nil, again}, {nil, ""}} {
			if err := w.destination.syncSelected(w.connector, w.configuration, sync.selection); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(w.destination.warnings, "; "); got != sync.warning {
				t.Errorf("sync %d warns %q", i, got)
			}
			time.Sleep(time.Hour)
		}
	})
}

// A key of several columns that does not tell rows apart is told, as one of one column is:
// of rows that share it the destination keeps the last.
func TestKeyOfColumnsThatTellNothing(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24, sandbox.Attribute{QualifiedID: "call.direction"})}}, func(w *world) {
		w.set("dataset_id", "call", "window_seconds", "86400", "primary_keys", `{"call": "call_state, direction"}`)
		d := w.sync()
		if n, warnings := len(d.tables["call"]), strings.Join(d.warnings, "; "); n != 1 || !strings.Contains(warnings, "with the row id of an earlier row of the same export, of which a table by that key holds the last: ") {
			t.Errorf("%d rows, warnings %q", n, warnings)
		}
		w = &world{t: t, sandbox: w.sandbox, connector: w.connector, destination: newDestination(t), configuration: w.configuration}
		w.set("primary_keys", `{"call": "call_state, call_initiated_at"}`)
		if d := w.sync(); len(d.tables["call"]) != 24 || len(d.warnings) > 0 {
			t.Errorf("a key that tells them apart: %d rows, warnings %q", len(d.tables["call"]), d.warnings)
		}
	})
}
