package lake_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/storetest"
)

// begun begins a run for a workspace, and ends it.
func begun(t *testing.T, store lake.Store, workspace string) error {
	t.Helper()
	run, err := lake.New(store, lake.Options{Workspace: workspace}).Begin(t.Context(), nil, "", "")
	if err == nil {
		err = run.Close(t.Context())
	}
	return err
}

// TestALakeThatLostItsIdentity is still told by what is published in it, of whatever
// tables; and a day that is damaged does not keep the others from telling.
func TestALakeThatLostItsIdentity(t *testing.T) {
	for name, test := range map[string]struct {
		tables  []string
		damaged []string
		told    bool
	}{
		"no contacts":              {tables: []string{"tag"}, told: true},
		"a day is damaged":         {tables: []string{"contact"}, damaged: []string{"04"}, told: true},
		"its contacts are damaged": {tables: []string{"contact", "tag"}, damaged: []string{"04", "05"}, told: true},
		"all are damaged":          {tables: []string{"contact"}, damaged: []string{"04", "05"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			store, err := folder.Open(root)
			if err != nil {
				t.Fatal(err)
			}
			publish(t, lake.New(store, lake.Options{Workspace: "w1"}), test.tables...)
			for _, day := range test.damaged {
				put(t, "{", root, "_published/contact/dt=2026-05-"+day+".json")
			}
			for _, workspace := range []string{"w2", "w1"} {
				if err := os.RemoveAll(filepath.Join(root, "_lake.json")); err != nil {
					t.Fatal(err)
				}
				switch err := begun(t, store, workspace); {
				case !test.told:
					if err == nil || !strings.Contains(err.Error(), "cannot be told") || !strings.Contains(err.Error(), "operator verify --repair") {
						t.Errorf("%s: %v", workspace, err)
					}
				case workspace == "w1" && err != nil, workspace == "w2" && !errors.As(err, new(*lake.ForeignError)):
					t.Errorf("%s: %v", workspace, err)
				}
			}
		})
	}
}

// TestAnothersSnapshotIsNotGoneOnWith: in a lake that does not say whose it is, somebody
// else may have left one in the middle, in an earlier version too.
func TestAnothersSnapshotIsNotGoneOnWith(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		workspace string
		earlier   bool // the version
	}{{"w1", false}, {"w1", true}, {"w2", false}, {"w2", true}} {
		store := &storetest.Memory{}
		resume := func(workspace string) *lake.Run {
			l := lake.New(store, lake.Options{Workspace: workspace, Now: func() time.Time { return now }})
			run, err := l.Resume(t.Context(), lake.Wanted{Day: "2026-05-04", Tables: []string{"contact"}, Begin: membership.Begin(now, time.UTC)})
			if err != nil {
				t.Fatal(err)
			}
			return run
		}
		left := resume("w1")
		w := left.Table("contact", "2026-05-04", []tables.Column{{Name: "id", Kind: tables.String}, {Name: "workspace_id", Kind: tables.String}}, false)
		if err := w.Row(t.Context(), []any{"5ba682d23d7cf92bef87bfd4", "w1"}); err != nil {
			t.Fatal(err)
		}
		if err := w.EndPart(); err != nil {
			t.Fatal(err)
		}
		half := w.SoFar()
		if test.earlier {
			half.Workspace = ""
		}
		left.Unfinished().Half = []lake.Publication{half}
		if err := errors.Join(left.Keep(t.Context()), left.Leave(), store.Remove(t.Context(), "_lake.json")); err != nil {
			t.Fatal(err)
		}
		run := resume(test.workspace)
		if goesOn := len(run.Unfinished().Half) > 0; goesOn != (test.workspace == "w1") {
			t.Errorf("%+v goes on with it: %t", test, goesOn)
		}
		if err := run.Leave(); err != nil {
			t.Fatal(err)
		}
		file, err := store.Open(t.Context(), half.Parts[0].Key)
		if err != nil {
			t.Errorf("%+v: what was read is gone: %v", test, err)
			continue
		}
		file.Close()
	}
}

// TestAdoptTellsExportsByTheSnapshotBefore: in a lake of an earlier version, of which
// rows of exports do not say whose they are, they go with the contacts that were read
// before them.
func TestAdoptTellsExportsByTheSnapshotBefore(t *testing.T) {
	store, now := &storetest.Memory{}, time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	l := lake.New(store, lake.Options{Now: func() time.Time { now = now.Add(time.Second); return now }})
	for _, p := range []struct{ table, dt, workspace string }{
		{"contact", "2026-05-04", "w1"}, {"call", "2026-05-01", "w1"}, {"contact", "2026-05-05", "w2"}, {"tickets", "2026-05-01", "w2"},
	} {
		run, err := l.Begin(t.Context(), []string{p.table}, p.dt, p.dt)
		if err != nil {
			t.Fatal(err)
		}
		column, value := "workspace_id", p.workspace
		if p.table != "contact" {
			column, value = "id", "1"
		}
		w := run.Table(p.table, p.dt, []tables.Column{{Name: column, Kind: tables.String}}, false)
		if err := w.Row(t.Context(), []any{value}); err != nil {
			t.Fatal(err)
		}
		day, err := w.Finish()
		if err == nil {
			err = run.Commit(t.Context(), []lake.Publication{day})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	aside, err := lake.New(store, lake.Options{Workspace: "w2"}).Adopt(t.Context())
	if err != nil || len(aside) != 2 || aside[0].Table != "call" || aside[1].Table != "contact" || aside[1].Dt != "2026-05-04" {
		t.Errorf("%+v, %v", aside, err)
	}
}

// TestAdoptMeetsARunThatDied: what it had decided is brought to its end first, so that
// the next run does not publish it again.
func TestAdoptMeetsARunThatDied(t *testing.T) {
	store := &failing{Store: &storetest.Memory{}}
	publishDays(t, lake.New(store, lake.Options{Workspace: "w1"}), []string{"2026-05-05"}, 1, nil)
	store.put = "_published/tag/dt=2026-05-04"
	publishDays(t, lake.New(store, lake.Options{Workspace: "w1"}), []string{"2026-05-04"}, 1, nil)
	if err := store.Remove(t.Context(), "_lake.json"); err != nil {
		t.Fatal(err)
	}
	aside, err := lake.New(store, lake.Options{Workspace: "w2"}).Adopt(t.Context())
	if err != nil || len(aside) != 2 {
		t.Errorf("%+v, %v", aside, err)
	}
	if err := begun(t, store, "w2"); err != nil {
		t.Error(err)
	}
	if all, err := lake.New(store, lake.Options{}).Publications(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("%+v, %v", all, err)
	}
}
