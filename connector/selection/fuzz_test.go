package selection

import (
	"testing"

	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
)

// FuzzSelection: whatever selection comes over the wire, it can be read; what
// it lists by name is believed, in both shapes; and absent means everything.
func FuzzSelection(f *testing.F) {
	listed := []*sdk.TableSelection{{Included: true, TableName: "call", Columns: map[string]bool{"a": false}}}
	for _, s := range []*sdk.Selection{
		{},
		{Selection: &sdk.Selection_WithoutSchema{WithoutSchema: &sdk.TablesWithNoSchema{Tables: listed, IncludeNewTables: true}}},
		{Selection: &sdk.Selection_WithSchema{WithSchema: &sdk.TablesWithSchema{Schemas: []*sdk.SchemaSelection{{Included: true, Tables: listed}}}}},
	} {
		seed, err := proto.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		var s sdk.Selection
		if proto.Unmarshal(wire, &s) != nil {
			return
		}
		got := New(&s)
		if s.GetSelection() == nil && !got.Table("anything") {
			t.Error("an empty selection leaves something out")
		}
		last := map[string]*sdk.TableSelection{}
		for _, table := range s.GetWithoutSchema().GetTables() {
			last[table.GetTableName()] = table
		}
		for name, table := range last {
			if got.Table(name) != table.GetIncluded() {
				t.Errorf("table %q: %v, and it is listed as %v", name, got.Table(name), table.GetIncluded())
			}
			for column, included := range table.GetColumns() {
				if got.Column(name, column) != included {
					t.Errorf("column %q of %q: listed as %v", column, name, included)
				}
			}
		}
	})
}
