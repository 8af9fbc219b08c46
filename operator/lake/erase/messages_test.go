package erase

import (
	"testing"

	"intercom-connector/connector/export/engagement"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
)

// TestAReceiptWithoutAnID takes itself, and not all that happened to messages of which
// nobody says which.
func TestAReceiptWithoutAnID(t *testing.T) {
	store, err := folder.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l := lake.New(store, lake.Options{})
	const dt = "2026-02-01"
	run, err := l.Begin(t.Context(), []string{engagement.ReceiptTable, engagement.EventTable}, dt, dt)
	if err != nil {
		t.Fatal(err)
	}
	var all []lake.Publication
	for table, rows := range map[string][][]any{
		engagement.ReceiptTable: {{nil, contact}, {"r1", contact}, {"r2", "another-contact"}},
		engagement.EventTable:   {{nil, "open"}, {"r1", "open"}, {"r2", "open"}},
	} {
		w := run.Table(table, dt, []tables.Column{{Name: engagement.ReceiptID, Kind: tables.String}, {Name: "tells", Kind: tables.String}}, false)
		for _, row := range rows {
			if err := w.Row(t.Context(), row); err != nil {
				t.Fatal(err)
			}
		}
		p, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if err := run.Commit(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if _, err := Contact(t.Context(), l, contact); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int64{engagement.ReceiptTable: 1, engagement.EventTable: 2} {
		if p, found, err := l.Published(t.Context(), table, dt); err != nil || !found || p.Rows != want {
			t.Errorf("%s has %d rows, not %d: %v, %v", table, p.Rows, want, found, err)
		}
	}
}
