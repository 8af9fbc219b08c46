package lake_test

import (
	"testing"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/folder"
)

func TestPartsAreRolled(t *testing.T) {
	store, err := folder.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l := lake.New(store, lake.Options{})
	r, err := l.Begin(t.Context(), []string{"tag"}, "2026-03-31", "2026-03-31")
	if err != nil {
		t.Fatal(err)
	}
	table := r.Table("tag", "2026-03-31", []tables.Column{{Name: "id", Kind: tables.Long}}, false)
	table.SetMaxPart(100)
	for i := range int64(50) { // 12 bytes a row or 11: nine or ten rows a part
		if err := table.Row(t.Context(), []any{1000 + i}); err != nil {
			t.Fatal(err)
		}
	}
	p, err := table.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Commit(t.Context(), []lake.Publication{p}); err != nil {
		t.Fatal(err)
	}
	if len(p.Parts) != 6 || p.Rows != 50 || p.Parts[0].Rows != 9 || p.Parts[5].Rows != 5 {
		t.Errorf("%+v", p)
	}
	if v, err := audit.Verify(t.Context(), l); err != nil || len(v.Problems) > 0 || v.Rows != 50 || v.Parts != 6 || v.Unpublished > 0 {
		t.Errorf("%+v, %v", v, err)
	}
}
