package dataset

import (
	"fmt"
	"testing"

	"intercom-connector/intercom"
)

// The longest lists are matched by what they name: name against name they would
// take many minutes, and go on long after whoever asked for it has gone.
func TestLongLists(t *testing.T) {
	d := intercom.Dataset{ID: "conversation", TimeAttributeID: "t", Attributes: []intercom.Attribute{{ID: "t", QualifiedID: "timestamp.t"}}}
	given := map[string]string{}
	var names []string
	for i := range 10_000 {
		id := fmt.Sprintf("Attribute %d", i)
		d.Attributes = append(d.Attributes, intercom.Attribute{ID: id, QualifiedID: "people." + id})
		names = append(names, id)
		given[fmt.Sprintf("gone_%d", i)] = fmt.Sprintf("people.gone %d", i)
	}
	if n := len(Listed(d, names)); n != len(names) {
		t.Errorf("%d of %d names are listed", n, len(names))
	}
	for i := range 10_000 {
		names = append(names, fmt.Sprintf("gone %d", i))
	}
	table, err := New(d, "conversation", Choice{Attributes: names, Given: given})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(table.Columns); n != len(names)+1 {
		t.Errorf("%d columns of %d names and the time", n, len(names))
	}
}
