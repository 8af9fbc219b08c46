package compact

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/erase"
	"intercom-connector/operator/lake/folder"
)

const (
	ann = "5ba682d23d7cf92bef87bfd4"
	ben = "5ba682d23d7cf92bef87bfd5"
)

var columns = []tables.Column{{Name: "id", Kind: tables.String}, {Name: "email", Kind: tables.String, Personal: true}}

// newLake has two tables with a row of ann and one of ben, on every twentieth day of
// five months; it is the tenth of May.
func newLake(t *testing.T) (root string, l *lake.Lake) {
	t.Helper()
	root = t.TempDir()
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	l = lake.New(store, lake.Options{Workspace: "mine", Now: func() time.Time { return time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC) }})
	for day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); day.Before(l.Now()); day = day.AddDate(0, 0, 20) {
		publish(t, l, day.Format(time.DateOnly), day.Month() == time.February, ann, ben)
	}
	return root, l
}

func publish(t *testing.T, l *lake.Lake, dt string, noPII bool, ids ...string) {
	t.Helper()
	run, err := l.Begin(t.Context(), []string{"contact", "lead"}, dt, dt)
	if err != nil {
		t.Fatal(err)
	}
	var all []lake.Publication
	for _, table := range []string{"contact", "lead"} {
		w := run.Table(table, dt, columns, noPII)
		for _, id := range ids {
			if err := w.Row(t.Context(), []any{id, "someone@example.com"}); err != nil {
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
}

func compacted(t *testing.T, l *lake.Lake, want ...string) {
	t.Helper()
	written, err := Months(t.Context(), l, 31)
	if err != nil || !slices.Equal(written, want) {
		t.Errorf("compacted %v, %v, not %v", written, err, want)
	}
}

func sound(t *testing.T, l *lake.Lake) {
	t.Helper()
	if v, err := audit.Verify(t.Context(), l); err != nil || len(v.Problems) > 0 || v.Unpublished > 0 {
		t.Errorf("%+v, %v", v, err)
	}
}

// same wants the indexes to tell what the publications do.
func same(t *testing.T, l *lake.Lake) {
	t.Helper()
	want, err := l.SurveyFiles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := l.Survey(t.Context())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v; publications (-), indexes (+):\n%s", err, diff)
	}
}

// unreadable makes every publication of a month one that cannot be read, and gives
// back what puts them right.
func unreadable(t *testing.T, root, month string) (restore func()) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, "_published", "*", "dt="+month+"-*.json"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	was := map[string][]byte{}
	for _, name := range names {
		if was[name], err = os.ReadFile(name); err == nil {
			err = os.WriteFile(name, nil, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for name, data := range was {
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestIndexes are of whole months that no look-back changes, tell what the
// publications do, and are what is read instead of them.
func TestIndexes(t *testing.T) {
	root, l := newLake(t)
	before, err := l.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	compacted(t, l, "2026-01", "2026-02", "2026-03")
	compacted(t, l)
	same(t, l)
	sound(t, l)
	restore := unreadable(t, root, "2026-02")
	after, err := l.Survey(t.Context())
	if diff := cmp.Diff(before, after); err != nil || diff != "" {
		t.Errorf("%v; before (-), compacted (+):\n%s", err, diff)
	}
	restore()
	sound(t, l)
}

// TestAChangeDropsTheIndex: a day that is published anew and a person who is erased
// are seen at once.
func TestAChangeDropsTheIndex(t *testing.T) {
	_, l := newLake(t)
	compacted(t, l, "2026-01", "2026-02", "2026-03")
	publish(t, l, "2026-02-10", false, ann)
	same(t, l)
	compacted(t, l, "2026-02")
	publish(t, l, "2026-02-11", false, ann, ben) // a day that was missing
	same(t, l)
	compacted(t, l, "2026-02")
	found, err := erase.Contact(t.Context(), l, ben)
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	same(t, l)
	sound(t, l)
	compacted(t, l, "2026-01", "2026-02", "2026-03")
	same(t, l)
}

// TestAChangeBringsBackWhatIsLost: a publication that the index alone knows is there again
// before the index goes with another day's change, and one that somebody has removed with
// its parts is not.
func TestAChangeBringsBackWhatIsLost(t *testing.T) {
	root, l := newLake(t)
	compacted(t, l, "2026-01", "2026-02", "2026-03")
	remove := func(pattern string) {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(names) != 1 {
			t.Fatal(names, err)
		}
		if err := os.Remove(names[0]); err != nil {
			t.Fatal(err)
		}
	}
	was, _, err := l.Published(t.Context(), "contact", "2026-01-01")
	if err != nil {
		t.Fatal(err)
	}
	remove("_published/contact/dt=2026-01-01.json")
	remove("_published/lead/dt=2026-01-01.json")
	remove("lead/dt=2026-01-01/*.gz")
	publish(t, l, "2026-01-21", false, ann)
	is, _, err := l.Published(t.Context(), "contact", "2026-01-01")
	if diff := cmp.Diff(was, is); err != nil || diff != "" {
		t.Errorf("%v; before (-), after (+):\n%s", err, diff)
	}
	if p, there, err := l.Published(t.Context(), "lead", "2026-01-01"); err != nil || there {
		t.Errorf("%+v, %v", p, err)
	}
	sound(t, l)
	compacted(t, l, "2026-01")
	same(t, l)
}

// recorded is a store that notes its changes.
type recorded struct {
	lake.Store
	mu      sync.Mutex
	changes []string
}

func (r *recorded) note(change string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes = append(r.changes, change)
}

func (r *recorded) Put(ctx context.Context, key string, data io.Reader) error {
	r.note(key)
	return r.Store.Put(ctx, key, data)
}

func (r *recorded) Remove(ctx context.Context, key string) error {
	r.note("-" + key)
	return r.Store.Remove(ctx, key)
}

// TestTheIndexGoesFirst, before any publication of its month changes: a machine that
// dies between leaves no index that tells of what was.
func TestTheIndexGoesFirst(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, l *lake.Lake){
		"a run that ends": func(t *testing.T, l *lake.Lake) { publish(t, l, "2026-02-10", false, ann) },
		"a day that a run publishes": func(t *testing.T, l *lake.Lake) {
			was, _, err := l.Published(t.Context(), "contact", "2026-02-10")
			if err != nil {
				t.Fatal(err)
			}
			run, err := l.Begin(t.Context(), []string{"contact"}, "2026-02-10", "2026-02-10")
			if err != nil {
				t.Fatal(err)
			}
			w := run.Table("contact", "2026-02-10", columns, false)
			if err := w.Row(t.Context(), []any{ann, nil}); err != nil {
				t.Fatal(err)
			}
			by, err := w.Finish()
			if err == nil {
				err = run.Publish(t.Context(), []lake.Replacement{{Was: was, By: by}})
			}
			if err == nil {
				err = run.Close(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"a person who is forgotten": func(t *testing.T, l *lake.Lake) {
			if found, err := erase.Contact(t.Context(), l, ben); err != nil || len(found) == 0 {
				t.Fatal(found, err)
			}
		},
		"days set aside": func(t *testing.T, l *lake.Lake) {
			if aside, err := l.Adopt(t.Context()); err != nil || len(aside) == 0 {
				t.Fatal(aside, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			root, l := newLake(t)
			compacted(t, l, "2026-01", "2026-02", "2026-03")
			store, err := folder.Open(root)
			if err != nil {
				t.Fatal(err)
			}
			r := &recorded{Store: store}
			o := lake.Options{Now: l.Now}
			if name == "days set aside" {
				o.Workspace = "other"
				if err := os.Remove(filepath.Join(root, "_lake.json")); err != nil { // as of an earlier version
					t.Fatal(err)
				}
			}
			change(t, lake.New(r, o))
			gone := slices.Index(r.changes, "-_index/2026-02.json")
			first := slices.IndexFunc(r.changes, func(change string) bool {
				return strings.Contains(change, "_published/contact/dt=2026-02") && !strings.HasPrefix(change, "_aside/")
			})
			if gone < 0 || first < gone {
				t.Errorf("the index goes as change %d, a publication changes as %d: %q", gone, first, r.changes)
			}
			same(t, l)
		})
	}
}

// TestAnIndexIsNotBelieved more than a publication: what it says of files elsewhere,
// or what it lacks, costs nothing but its use.
func TestAnIndexIsNotBelieved(t *testing.T) {
	for name, change := range map[string][2]string{
		"a part elsewhere": {`"key":"contact/dt=2026-02-10`, `"key":"../contact/dt=2026-02-10`},
		"another month":    {`"month":"2026-02"`, `"month":"2026-03"`},
		"another's day":    {`"dt":"2026-02-10"`, `"dt":"2026-03-10"`},
		"columns":          {`"columns":0}`, `"columns":7}`},
		"cut off":          {`]}`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			root, l := newLake(t)
			compacted(t, l, "2026-01", "2026-02", "2026-03")
			key := filepath.Join(root, "_index", "2026-02.json")
			text, err := os.ReadFile(key)
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.ReplaceAll(string(text), change[0], change[1])
			if err := os.WriteFile(key, []byte(changed), 0o600); err != nil || changed == string(text) {
				t.Fatal("nothing was changed", err)
			}
			same(t, l)
			if v, err := audit.Verify(t.Context(), l); err != nil || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], "_index/2026-02.json") {
				t.Errorf("%v, %v", v.Problems, err)
			}
			compacted(t, l, "2026-02")
			sound(t, l)
		})
	}
}

// TestAStaleIndexIsWrittenAnew by the next compaction.
func TestAStaleIndexIsWrittenAnew(t *testing.T) {
	l := staleLake(t)
	compacted(t, l, "2026-02")
	same(t, l)
	sound(t, l)
}

// staleLake has an index that came back from a backup: it tells of another run of a day.
func staleLake(t *testing.T) *lake.Lake {
	t.Helper()
	root, l := newLake(t)
	publish(t, l, "2026-02-10", false, ann)
	compacted(t, l, "2026-01", "2026-02", "2026-03")
	key := filepath.Join(root, "_index", "2026-02.json")
	stale, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, l, "2026-02-10", false, ann, ben)
	if err := os.WriteFile(key, stale, 0o600); err != nil {
		t.Fatal(err)
	}
	return l
}

// TestAStaleIndexHidesNobody: a person is removed from what is published, whatever an
// index says.
func TestAStaleIndexHidesNobody(t *testing.T) {
	l := staleLake(t)
	found, err := erase.Contact(t.Context(), l, ben)
	if err != nil || !slices.ContainsFunc(found, func(f erase.Forgotten) bool { return f.Dt == "2026-02-10" }) {
		t.Errorf("%v, %v", found, err)
	}
	same(t, l)
	sound(t, l)
}

// TestForgetWithoutADay: what forget says is done about a day that is damaged, so that it
// forgets, though an index knows the day.
func TestForgetWithoutADay(t *testing.T) {
	root, l := newLake(t)
	compacted(t, l, "2026-01", "2026-02", "2026-03")
	for _, pattern := range []string{"_published/contact/dt=2026-02-10.json", "contact/dt=2026-02-10/*.gz"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(names) != 1 {
			t.Fatal(names, err)
		}
		if err := os.Remove(names[0]); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := erase.Contact(t.Context(), l, ben); err == nil || !strings.Contains(err.Error(), "remove the publication and the parts of its day and repair again; then forget once more") {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := audit.Repair(t.Context(), l); err != nil {
		t.Error(err)
	}
	if found, err := erase.Contact(t.Context(), l, ben); err != nil || len(found) == 0 {
		t.Errorf("after the repair: %v, %v", found, err)
	}
	same(t, l)
	sound(t, l)
}

// TestVerifyHoldsIndexesAgainstPublications finds one that tells otherwise.
func TestVerifyHoldsIndexesAgainstPublications(t *testing.T) {
	root, l := newLake(t)
	compacted(t, l, "2026-01", "2026-02", "2026-03")
	key := filepath.Join(root, "_index", "2026-02.json")
	text, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, []byte(strings.Replace(string(text), `"rows":2`, `"rows":3`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := audit.Verify(t.Context(), l)
	if err != nil || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], "_index/2026-02.json") {
		t.Errorf("%v, %v", v.Problems, err)
	}
}
