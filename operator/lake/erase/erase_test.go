package erase

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"intercom-connector/connector/export/engagement"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
)

const dt = "2026-05-04"

// newLake has a day of some tables, each of the same two lines.
func newLake(t *testing.T, names []string, lines ...string) (root string, l *lake.Lake) {
	t.Helper()
	root = t.TempDir()
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	l = lake.New(store, lake.Options{})
	run, err := l.Begin(t.Context(), names, dt, dt)
	if err != nil {
		t.Fatal(err)
	}
	var all []lake.Publication
	for _, name := range names {
		w := run.Table(name, dt, []tables.Column{{Name: "id", Kind: tables.String}}, false)
		for _, line := range lines {
			if err := w.Line(t.Context(), []byte(line+"\n")); err != nil {
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
	return root, l
}

// What is not about persons names them at times: such rows are told of, and left.
func TestRowsThatOnlyNameAPerson(t *testing.T) {
	persons := []string{tables.Contact, tables.ContactSegment, tables.ContactTag, "conversation", engagement.EventTable, engagement.ReceiptTable, "of_its_own"}
	others := []string{
		tables.Segment, tables.Tag, tables.Team, tables.Deleted, tables.Company, tables.CompanyTag, tables.CompanySegment, tables.Snapshot,
	}
	_, l := newLake(t, slices.Concat(persons, others), `{"id":"other","receipt_id":"r1"}`, `{"id":"x","receipt_id":"r2","note":"of `+contact+`"}`)
	want := map[string]bool{}
	for _, name := range persons {
		want[name] = true
	}
	for _, name := range others {
		want[name] = false
	}
	found, err := Contact(t.Context(), l, contact)
	if err != nil || len(found) != len(want) {
		t.Errorf("found in %d tables, %v", len(found), err)
	}
	for _, f := range found {
		if removed, known := want[f.Table]; !known || f.Removed != removed || f.Rows != 1 || f.Dt != dt {
			t.Errorf("%+v, removed should be %t", f, removed)
		}
	}
	all, err := l.SurveyFiles(t.Context())
	if err != nil || len(all.Published) != len(want) {
		t.Fatal(len(all.Published), err)
	}
	for _, p := range all.Published {
		if left := map[bool]int64{true: 1, false: 2}[want[p.Table]]; p.Rows != left {
			t.Errorf("%s has %d rows, want %d", p.Table, p.Rows, left)
		}
	}
}

// TestMessagesOfAPerson: what happened to a message tells of the person by the message,
// or by itself.
func TestMessagesOfAPerson(t *testing.T) {
	e := &erasure{contact: contact, messages: map[string]bool{`"r1"`: true}}
	for line, want := range map[string]bool{
		`{"receipt_id":"r1","event":"open"}`:                                         true,
		`{"receipt_id":"r2","event":"open"}`:                                         false,
		`{"receipt_id":"r2","event":"open","details":"{\"u\":\"` + contact + `\"}"}`: true,
		`{"event":"open"}`: false,
	} {
		if got := e.tells(engagement.EventTable)([]byte(line + "\n")); got != want {
			t.Errorf("%s: %t", line, got)
		}
		if got := e.tells(engagement.ReceiptTable)([]byte(line + "\n")); got != strings.Contains(line, contact) {
			t.Errorf("%s of another table: %t", line, got)
		}
	}
}

// TestADamagedPublicationMayHoldThePerson: nobody can tell, and so nothing is changed.
func TestADamagedPublicationMayHoldThePerson(t *testing.T) {
	root, l := newLake(t, []string{tables.Contact, tables.ContactTag}, `{"id":"`+contact+`"}`, `{"id":"other"}`)
	key := filepath.Join("_published", tables.Contact, "dt="+dt+".json")
	if err := os.WriteFile(filepath.Join(root, key), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := Contact(t.Context(), l, contact)
	if err == nil || len(found) > 0 || !strings.Contains(err.Error(), "nothing was changed") || !strings.Contains(err.Error(), filepath.ToSlash(key)) {
		t.Errorf("%v, %v", found, err)
	}
	if p, _, err := l.Published(t.Context(), tables.ContactTag, dt); err != nil || p.Rows != 2 {
		t.Errorf("%+v, %v", p, err)
	}
}
