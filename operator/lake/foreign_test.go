package lake_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/erase"
	"intercom-connector/operator/lake/folder"
)

var columns = []tables.Column{{Name: "id", Kind: tables.String}, {Name: "name", Kind: tables.String}}

// written is a lake in a folder with a row of some tables on two days.
func written(t *testing.T, tables ...string) (root string, l *lake.Lake) {
	t.Helper()
	root = t.TempDir()
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	l = lake.New(store, lake.Options{Now: func() time.Time { return time.Date(2026, 5, 5, 12, 0, 0, 0, time.UTC) }})
	publish(t, l, tables...)
	return root, l
}

// publish publishes a row of some tables on two days.
func publish(t *testing.T, l *lake.Lake, tables ...string) {
	t.Helper()
	run, err := l.Begin(t.Context(), tables, "2026-05-04", "2026-05-05")
	if err != nil {
		t.Fatal(err)
	}
	var all []lake.Publication
	for _, table := range tables {
		for _, dt := range []string{"2026-05-04", "2026-05-05"} {
			w := run.Table(table, dt, columns, false)
			if err := w.Row(t.Context(), []any{"5ba682d23d7cf92bef87bfd4", "Ann"}); err != nil {
				t.Fatal(err)
			}
			p, err := w.Finish()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
	}
	if err := run.Commit(t.Context(), all); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, text string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	err := os.MkdirAll(filepath.Dir(name), 0o700)
	if err == nil {
		err = os.WriteFile(name, []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestForeignFilesArePassedOver and named: what other programs leave in a folder
// stops no query and no run.
func TestForeignFilesArePassedOver(t *testing.T) {
	root, l := written(t, "contact", "tag")
	foreign := []string{"_published/.DS_Store", "_published/contact/.DS_Store", "_published/contact/dt=2026-05-04 copy.json", "_published/contact/dt=2026-05-04.json.bak", "_published/contact/dt=2026-99-99.json", "_published/my contacts/dt=2026-05-04.json"}
	for _, key := range append(foreign, "_runs/.DS_Store", "_runs/a b.json", "contact/dt=2026-05-04/.DS_Store") {
		put(t, "\x00\x01", root, key)
	}
	v, err := audit.Verify(t.Context(), l)
	if err != nil || len(v.Problems) > 0 || v.Days != 4 || strings.Join(v.Foreign, " ") != strings.Join(foreign, " ") {
		t.Errorf("%+v, %v", v, err)
	}
	publish(t, l, "contact")
	if _, err := os.Stat(filepath.Join(root, "contact/dt=2026-05-04/.DS_Store")); err != nil {
		t.Error(err)
	}
}

// TestOneDamagedPublicationCostsItsDay, and not its parts, nor a query of others.
func TestOneDamagedPublicationCostsItsDay(t *testing.T) {
	for name, text := range map[string]string{
		"cut off":                `{"table":"contact","dt":"2026-`,
		"empty":                  ``,
		"of another day":         `{"table":"contact","dt":"2026-05-05","run":"r","rows":0,"parts":[]}`,
		"of a run elsewhere":     `{"table":"contact","dt":"2026-05-04","run":"../../x","rows":0,"parts":[{"key":"contact/dt=2026-05-04/../../x-00000.ndjson.gz"}]}`,
		"of a run without parts": `{"table":"contact","dt":"2026-05-04","run":"../../x","rows":0,"parts":[]}`,
		"with a part elsewhere":  `{"table":"contact","dt":"2026-05-04","run":"r","rows":0,"parts":[{"key":"../secret"}]}`,
		"with another's part":    `{"table":"contact","dt":"2026-05-04","run":"r","rows":0,"parts":[{"key":"tag/dt=2026-05-04/r-00000.ndjson.gz"}]}`,
		"of no workspace":        `{"table":"contact","workspace_id":"../contact","dt":"2026-05-04","run":"r","rows":0,"parts":[]}`,
		"of a run with a folder": `{"table":"contact","dt":"2026-05-04","run":"a/b","rows":0,"parts":[{"key":"contact/dt=2026-05-04/a/b-00000.ndjson.gz"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			root, l := written(t, "contact", "tag")
			put(t, text, root, "_published/contact/dt=2026-05-04.json")
			all, err := l.Publications(t.Context())
			if err != nil || len(all) != 3 {
				t.Errorf("%d publications, %v", len(all), err)
			}
			v, err := audit.Verify(t.Context(), l)
			if err != nil || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], "_published/contact/dt=2026-05-04.json") {
				t.Errorf("%+v, %v", v, err)
			}
			if _, err := erase.Contact(t.Context(), l, "5ba682d23d7cf92bef87bfd4"); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
				t.Errorf("forgotten in spite of it: %v", err)
			}
			// A run over the day leaves its parts: the publication may come back.
			run, err := l.Begin(t.Context(), []string{"contact"}, "2026-05-04", "2026-05-04")
			if err != nil {
				t.Fatal(err)
			}
			if err := run.Abandon(t.Context()); err != nil {
				t.Fatal(err)
			}
			parts, err := filepath.Glob(filepath.Join(root, "contact/dt=2026-05-04/*.gz"))
			if err != nil || len(parts) != 1 {
				t.Errorf("left are %v, %v", parts, err)
			}
			publish(t, l, "contact")
			if v, err := audit.Verify(t.Context(), l); err != nil || len(v.Problems) > 0 {
				t.Errorf("published anew: %+v, %v", v, err)
			}
		})
	}
}

// TestARunSweepsItsOwnDays: a part of another day that nobody reads is not its business.
func TestARunSweepsItsOwnDays(t *testing.T) {
	root, l := written(t, "contact")
	const own, others = "contact/dt=2026-05-05/x-00000.ndjson.gz", "contact/dt=2026-05-04/x-00000.ndjson.gz"
	put(t, "", root, own)
	put(t, "", root, others)
	run, err := l.Begin(t.Context(), []string{"contact"}, "2026-05-05", "2026-05-05")
	if err == nil {
		err = run.Abandon(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, own)); !os.IsNotExist(err) {
		t.Errorf("its own: %v", err)
	}
	if _, err := os.Stat(filepath.Join(root, others)); err != nil {
		t.Error(err)
	}
}

// TestANoteThatLies is refused before anything is written or removed by it.
func TestANoteThatLies(t *testing.T) {
	for _, text := range []string{
		`{"run":"x","tables":["../.."],"first":"0","last":"9"}`,
		`{"run":"y"}`,
		`{"run":"x","publications":[{"table":"contact","dt":"2026-05-04","run":"x","parts":[{"key":"../secret"}]}]}`,
		`{"run":"x","publications":[{"table":"../contact","dt":"2026-05-04","run":"x"}]}`,
		`{"run":"x","unfinished":{"kept":[{"table":"contact","dt":"2026-05-04","run":"x","parts":[{"key":"../secret"}]}]}}`,
		`{"run":"x","unfinished":{"half":[{"table":"contact","dt":"2026-05-04","run":"x","parts":[{"key":"tag/dt=2026-05-04/x-00000.ndjson.gz"}]}]}}`,
		`{`, ``, `null`,
	} {
		root, l := written(t, "contact")
		put(t, text, root, "_runs/x.json")
		if _, err := l.Begin(t.Context(), []string{"contact"}, "2026-05-04", "2026-05-04"); err == nil || !strings.Contains(err.Error(), "_runs/x.json") || !strings.Contains(err.Error(), "remove it") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestARowThatLies about its workspace moves no file to where that would be.
func TestARowThatLies(t *testing.T) {
	root := t.TempDir()
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	run, err := lake.New(store, lake.Options{}).Begin(t.Context(), []string{"contact"}, "2026-05-04", "2026-05-04")
	if err != nil {
		t.Fatal(err)
	}
	w := run.Table("contact", "2026-05-04", []tables.Column{{Name: "workspace_id", Kind: tables.String}}, false)
	if err := w.Row(t.Context(), []any{"../other"}); err != nil {
		t.Fatal(err)
	}
	p, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Commit(t.Context(), []lake.Publication{p}); err != nil {
		t.Fatal(err)
	}
	aside, err := lake.New(store, lake.Options{Workspace: "w1"}).Adopt(t.Context())
	if err == nil || !strings.Contains(err.Error(), `a workspace "../other"`) || len(aside) > 0 {
		t.Errorf("%v, %v", aside, err)
	}
	if _, err := os.Stat(filepath.Join(root, "other")); err == nil {
		t.Error("a file lies where the row said")
	}
}

// read counts what is read of a store.
type read struct {
	lake.Store
	bytes atomic.Int64
}

func (r *read) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	file, err := r.Store.Open(ctx, key)
	return &counted{file, r}, err
}

type counted struct {
	io.ReadCloser
	by *read
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.by.bytes.Add(int64(n))
	return n, err
}

// TestALakeIsTakenOverByARowADay: whose a lake of an earlier version is, is told by one
// contact of each day, and not by reading them all.
func TestALakeIsTakenOverByARowADay(t *testing.T) {
	store, err := folder.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	run, err := lake.New(store, lake.Options{}).Begin(t.Context(), []string{"contact"}, "2026-05-04", "2026-05-04")
	if err != nil {
		t.Fatal(err)
	}
	w := run.Table("contact", "2026-05-04", []tables.Column{{Name: "id", Kind: tables.String}, {Name: "workspace_id", Kind: tables.String}}, false)
	for range 60_000 {
		if err := w.Row(t.Context(), []any{rand.Text(), "w1"}); err != nil {
			t.Fatal(err)
		}
	}
	p, err := w.Finish()
	if err != nil || p.Parts[0].Size < 800_000 {
		t.Fatal(p, err)
	}
	if err := run.Commit(t.Context(), []lake.Publication{p}); err != nil {
		t.Fatal(err)
	}
	// The other workspace comes first: once the lake has an owner, it is told by that.
	for _, test := range []struct{ workspace, want string }{{"w2", "holds days of workspace w1"}, {"w1", ""}} {
		workspace, want := test.workspace, test.want
		counts := &read{Store: store}
		run, err := lake.New(counts, lake.Options{Workspace: workspace}).Begin(t.Context(), nil, "", "")
		if want == "" && err == nil {
			err = run.Close(t.Context())
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", workspace, err)
		}
		if n := counts.bytes.Load(); n > 300_000 {
			t.Errorf("%s: %d bytes were read of a day of %d", workspace, n, p.Parts[0].Size)
		}
	}
}

// TestANewerLayoutIsLeftAlone: a lake that a later version has made is not written to,
// whosever it is.
func TestANewerLayoutIsLeftAlone(t *testing.T) {
	root, _ := written(t, "contact")
	put(t, `{"version":2,"workspace_id":"w1"}`, root, "_lake.json")
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, workspace := range []string{"w1", "w2", ""} {
		run, err := lake.New(store, lake.Options{Workspace: workspace}).Begin(t.Context(), []string{"contact"}, "2026-05-04", "2026-05-04")
		if err == nil || !strings.Contains(err.Error(), "has the layout 2, and this program knows layout 1") || run != nil {
			t.Errorf("%q: %v", workspace, err)
		}
	}
	if all, err := lake.New(store, lake.Options{}).Publications(t.Context()); err == nil || !strings.Contains(err.Error(), "use the newer program") {
		t.Errorf("read as if it were of this layout: %v, %v", all, err)
	}
}

// TestADamagedIdentity stops what writes, by name, and no query. Repaired, the lake is
// still nobody else's.
func TestADamagedIdentity(t *testing.T) {
	for _, text := range []string{"", "{", "[]", "null", "{}", `{"version":1}`, `{"version":-1,"workspace_id":"w1"}`, `{"version":1,"workspace_id":"../w1"}`} {
		t.Run(text, func(t *testing.T) {
			root := t.TempDir()
			store, err := folder.Open(root)
			if err != nil {
				t.Fatal(err)
			}
			of := func(workspace string) *lake.Lake { return lake.New(store, lake.Options{Workspace: workspace}) }
			begin := func(workspace string) error {
				run, err := of(workspace).Begin(t.Context(), []string{"contact"}, "2026-05-04", "2026-05-04")
				if err == nil {
					err = run.Abandon(t.Context())
				}
				return err
			}
			publish(t, of("w1"), "contact")
			put(t, text, root, "_lake.json")
			for _, workspace := range []string{"w1", "w2", ""} {
				if err := begin(workspace); err == nil || !strings.Contains(err.Error(), "_lake.json: ") || !strings.Contains(err.Error(), "operator verify --repair") {
					t.Errorf("%q: %v", workspace, err)
				}
			}
			if all, err := of("").Publications(t.Context()); err != nil || len(all) != 2 {
				t.Errorf("%d days are read, %v", len(all), err)
			}
			if v, err := audit.Verify(t.Context(), of("")); err != nil || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], "_lake.json: ") {
				t.Errorf("%+v, %v", v, err)
			}
			if done, err := audit.Repair(t.Context(), of("")); err != nil || len(done) != 1 {
				t.Errorf("%v, %v", done, err)
			}
			if err := begin("w2"); !errors.As(err, new(*lake.ForeignError)) {
				t.Errorf("another's: %v", err)
			}
			if err := begin("w1"); err != nil {
				t.Error(err)
			}
			if is, err := os.ReadFile(filepath.Join(root, "_lake.json")); err != nil || !strings.Contains(string(is), `"workspace_id":"w1"`) {
				t.Errorf("%s, %v", is, err)
			}
		})
	}
}

// TestAWorkspaceWithoutAnID is refused before anything is written: each of its days would
// be taken for damaged.
func TestAWorkspaceWithoutAnID(t *testing.T) {
	for _, workspace := range []string{"a/b", "..", "id\x1b[2J", strings.Repeat("x", 101)} {
		root := t.TempDir()
		store, err := folder.Open(root)
		if err != nil {
			t.Fatal(err)
		}
		l := lake.New(store, lake.Options{Workspace: workspace})
		if _, err := l.Begin(t.Context(), []string{"contact"}, "2026-05-04", "2026-05-04"); err == nil || !strings.Contains(err.Error(), "a lake can be of one with letters") {
			t.Errorf("%q: %v", workspace, err)
		}
		if _, err := os.Stat(filepath.Join(root, "_lake.json")); !os.IsNotExist(err) {
			t.Errorf("%q: %v", workspace, err)
		}
		publish(t, lake.New(store, lake.Options{Workspace: "w1"}), "contact")
		if aside, err := l.Adopt(t.Context()); err == nil || len(aside) > 0 {
			t.Errorf("%q: %d days are set aside, %v", workspace, len(aside), err)
		}
	}
}

// TestALineWithoutAnEnd is refused before it fills the memory.
func TestALineWithoutAnEnd(t *testing.T) {
	_, l := written(t, "tag")
	run, err := l.Begin(t.Context(), []string{"contact"}, "2026-05-04", "2026-05-04")
	if err != nil {
		t.Fatal(err)
	}
	w := run.Table("contact", "2026-05-04", columns, false)
	w.SetMaxPart(1 << 40)
	for range 65 {
		if err := w.Line(t.Context(), make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	p, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Commit(t.Context(), []lake.Publication{p}); err != nil {
		t.Fatal(err)
	}
	v, err := audit.Verify(t.Context(), l)
	if err != nil || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], "a line is longer than") {
		t.Errorf("%+v, %v", v, err)
	}
}
