package tester

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/script"
)

// A schema as users of Fivetran's Connector SDK write it: the primary key is named
// without a type, and the rest is left to the records.
func TestSchemaOfTheConnectorSDK(t *testing.T) {
	s := &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "k UNSPECIFIED key"), script.TableOf("empty", "k UNSPECIFIED key"))}
	config := serve(t, s)
	for _, messages := range [][]*sdk.UpdateResponse{
		{
			script.Batch(script.Truncation("t")),
			script.Batch(script.Upsert("t", script.Data{"k": script.Integer(1), "a": script.Text("x")})),
			script.Batch(script.Upsert("t", script.Data{"k": script.Integer(2), "b": script.Double(1.5), "a": script.Null()})),
			script.Batch(script.Upsert("t", script.Data{"k": script.Long(1 << 40)})),
			script.Checkpoint("{}"),
		},
		{
			script.Batch(script.Update("t", script.Data{"k": script.Integer(2), "c": script.Boolean(true)}), script.Deletion("t", script.Data{"k": script.Integer(1)})),
			script.Checkpoint("{}"),
		},
	} {
		s.Send = script.Says(nil, messages...)
		if _, err := Run(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"1|x|∅|∅|true", "2|∅|1.5|true|false", "1099511627776|∅|∅|∅|false"}
	if diff := cmp.Diff(want, rows(t, config, "SELECT k, a, b, c, _fivetran_deleted FROM tester.t ORDER BY k")); diff != "" {
		t.Error(diff)
	}
	for _, wrong := range []script.Data{{"a": script.Text("no key")}, {"k": script.Integer(3), "a": script.Null(), "A": script.Text("x")}, {"k": script.Integer(3), "_fivetran_x": script.Null()}} {
		s.Send = script.Says(nil, script.Batch(script.Upsert("t", wrong)))
		if _, err := Run(t.Context(), config); err == nil {
			t.Errorf("%v was taken", wrong)
		}
	}
}

// An upsert of the Connector SDK that leaves a column out empties it.
func TestUpsertOfTheConnectorSDK(t *testing.T) {
	s := &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "k LONG key", "a STRING", "b DOUBLE"))}
	config := serve(t, s)
	config.ConnectorSDK = true
	for _, row := range []script.Data{{"k": script.Long(1), "a": script.Text("x"), "b": script.Double(1.5)}, {"k": script.Long(1), "b": script.Double(2.5)}} {
		s.Send = script.Says(nil, script.Batch(script.Upsert("t", row)), script.Checkpoint("{}"))
		if _, err := Run(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"1|∅|2.5"}, rows(t, config, "SELECT k, a, b FROM tester.t")); diff != "" {
		t.Error(diff)
	}
}
