package connector

import (
	"testing"

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
