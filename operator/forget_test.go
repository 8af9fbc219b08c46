package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/erase"
	"intercom-connector/operator/lake/storetest"
	"intercom-connector/sandbox"
)

// twoDays publishes two days and returns a contact that has a tag and is in a
// segment on both.
func twoDays(t *testing.T, w *world) (contact string) {
	t.Helper()
	in := map[string]int{}
	for _, day := range []int64{40, 41} {
		w.day.Store(day)
		w.snapshot(t, Snapshot{})
		m := w.TruthMembership()
		tagged := map[string]bool{}
		for c := range m.ContactTags {
			tagged[c] = true
		}
		segmented := map[string]bool{}
		for c := range m.ContactSegments {
			if tagged[c] && !segmented[c] {
				segmented[c] = true
				in[c]++
			}
		}
	}
	var both []string
	for c, n := range in {
		if n == 2 {
			both = append(both, c)
		}
	}
	if len(both) == 0 {
		t.Fatal("nobody has a tag and a segment on both days")
	}
	return slices.Min(both)
}

func TestForget(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 9})
	contact := twoDays(t, w)
	before := map[string]int{}
	all := []string{"contact", "contact_segment", "contact_tag", "company", "segment"}
	for _, dt := range []string{"2026-04-10", "2026-04-11"} {
		for _, table := range all {
			before[table+dt] = len(w.read(t, table, dt))
		}
	}
	found, err := erase.Contact(t.Context(), w.lake(t), contact)
	if err != nil {
		t.Fatal(err)
	}
	removed := map[string]int{}
	for _, f := range found {
		if !f.Removed || f.Rows == 0 {
			t.Errorf("%+v", f)
		}
		removed[f.Table+f.Dt] = int(f.Rows)
	}
	for _, dt := range []string{"2026-04-10", "2026-04-11"} {
		for _, table := range all {
			rows := w.read(t, table, dt)
			if len(rows) != before[table+dt]-removed[table+dt] {
				t.Errorf("%s of %s: %d rows of %d are left, %d were removed", table, dt, len(rows), before[table+dt], removed[table+dt])
			}
		}
		if removed["contact"+dt] != 1 || removed["contact_segment"+dt] < 1 || removed["contact_tag"+dt] < 1 {
			t.Errorf("%s: %v", dt, removed)
		}
	}
	w.nowhere(t, contact)
	w.sound(t)
	if left := w.litter(t); left != nil {
		t.Errorf("left behind: %v", left)
	}
	if again, err := erase.Contact(t.Context(), w.lake(t), contact); err != nil || len(again) != 0 {
		t.Errorf("found again: %v, %v", again, err)
	}
}

// back is a store in which a day comes back as it was, once a run has ended.
type back struct {
	lake.Store
	put func()
}

func (b back) Lock(ctx context.Context, holder string) (func() error, error) {
	unlock, err := b.Store.Lock(ctx, holder)
	return func() error { defer b.put(); return unlock() }, err
}

// What was published meanwhile is found, also where it was searched before.
func TestForgetSearchesOnceMore(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 9})
	contact := twoDays(t, w)
	store := w.store(t)
	p, _, err := w.lake(t).Published(t.Context(), "contact_tag", "2026-04-10")
	if err != nil || len(p.Parts) != 1 {
		t.Fatalf("%+v, %v", p, err)
	}
	was := map[string]string{p.Key(): "", p.Parts[0].Key: ""}
	for key := range was {
		from, err := store.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(from)
		if err != nil || from.Close() != nil {
			t.Fatal(err)
		}
		was[key] = string(text)
	}
	put := func() {
		for key, text := range was {
			if err := store.Put(t.Context(), key, strings.NewReader(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	found, err := erase.Contact(t.Context(), w.in(back{store, put}), contact)
	if err == nil || !strings.Contains(err.Error(), "contact_tag of 2026-04-10 still holds "+contact) || len(found) < 6 {
		t.Errorf("found in %d days, %v", len(found), err)
	}
}

// nowhere wants no row of any part to hold an id.
func (w *world) nowhere(t *testing.T, id string) {
	t.Helper()
	names := slices.DeleteFunc(w.keys(t, ""), func(key string) bool { return !strings.HasSuffix(key, ".ndjson.gz") })
	if len(names) == 0 {
		t.Fatal("no parts")
	}
	for _, name := range names {
		for _, row := range w.part(t, name) {
			if strings.Contains(fmt.Sprint(row), id) {
				t.Errorf("%s holds %v", name, row)
			}
		}
	}
}

func TestForgetTakesWholeIDsOnly(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 9})
	contact := twoDays(t, w)
	for _, id := range []string{"", "1", "contact", "../../etc", contact + " "} {
		if _, err := erase.Contact(t.Context(), w.lake(t), id); err == nil {
			t.Errorf("%q is taken for an id", id)
		}
	}
	for _, id := range []string{contact[:20], contact[2:], contact + "0"} {
		if found, err := erase.Contact(t.Context(), w.lake(t), id); err != nil || len(found) != 0 {
			t.Errorf("%s: found %v, %v", id, found, err)
		}
	}
}

func TestForgetDiesAtEveryMoment(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 9, Contacts: 20, Companies: 4})
	contact := twoDays(t, w)
	for changes := int64(0); ; changes++ {
		deadly := &dying{Store: w.store(t)}
		deadly.left.Store(changes)
		_, err := erase.Contact(t.Context(), w.in(deadly), contact)
		if err == nil {
			if changes < 6 {
				t.Errorf("it took %d changes only", changes)
			}
			break
		}
		if !errors.Is(err, errDead) {
			t.Fatalf("after %d changes: %v", changes, err)
		}
		w.sound(t)
		w.day.Store(50)
		w.snapshot(t, Snapshot{Tables: []string{"tag"}})
		if left := w.litter(t); left != nil {
			t.Fatalf("after %d changes, left behind: %v", changes, left)
		}
	}
	w.nowhere(t, contact)
	w.sound(t)
}

// TestForgetReachesDaysSetAside removes a person from days that adopt has set aside,
// whatever moment an earlier attempt died at.
func TestForgetReachesDaysSetAside(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 9, Contacts: 20, Companies: 4})
	w.memory = &storetest.Memory{}
	contact := twoDays(t, w)
	aside, err := lake.New(w.store(t), lake.Options{Now: w.now, Workspace: "other"}).Adopt(t.Context())
	if err != nil || len(aside) != 18 || len(w.keys(t, "_published/")) > 0 {
		t.Fatalf("%d days are set aside, %v", len(aside), err)
	}
	before := len(w.keys(t, "_aside/"))
	for changes := int64(0); ; changes++ {
		deadly := &dying{Store: w.store(t)}
		deadly.left.Store(changes)
		if _, err = erase.Contact(t.Context(), w.in(deadly), contact); err == nil {
			break
		}
		if !errors.Is(err, errDead) || !strings.Contains(err.Error(), "set aside of workspace sandbox") {
			t.Fatalf("after %d changes: %v", changes, err)
		}
	}
	if after := len(w.keys(t, "_aside/")); after != before {
		t.Errorf("%d files became %d", before, after)
	}
	w.nowhere(t, contact)
	all, err := w.lake(t).Aside(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	if v, err := audit.Verify(t.Context(), all["sandbox"]); err != nil || len(v.Problems)+v.Unpublished > 0 || v.Days != 18 {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestForgetReachesASnapshotUnderWay removes a person from what a run has left
// for the next: from tables that are whole, from those that are half read, and from the
// ids of those that nobody asked for.
func TestForgetReachesASnapshotUnderWay(t *testing.T) {
	for name, c := range map[string]struct {
		long          time.Duration
		of            Snapshot
		table, column string
		tables        int
	}{
		"half read": {250 * time.Millisecond, Snapshot{}, "contact_segment", "contact_id", 9},
		"whole":     {600 * time.Millisecond, Snapshot{}, "contact_segment", "contact_id", 9},
		"ids":       {250 * time.Millisecond, Snapshot{Tables: []string{"contact_tag"}}, "contact_ids", "id", 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, slow, func(t *testing.T, w *world) {
				if out, err := w.run(t.Context(), w.store(t), c.long, c.of); err != nil || !out.Unfinished {
					t.Fatalf("%+v, %v", out, err)
				}
				contact := w.inPart(t, c.table, c.column)
				found, err := erase.Contact(t.Context(), lake.New(w.store(t), lake.Options{}), contact)
				if err != nil || len(found) == 0 {
					t.Fatalf("found %v, %v", found, err)
				}
				if left := w.keys(t, c.table+"/dt="); name != "ids" || len(left) > 0 { // these hold nothing else
					w.nowhere(t, contact)
				}
				time.Sleep(2 * time.Minute)
				out, err := w.run(t.Context(), w.store(t), time.Hour, c.of)
				if err != nil || len(out.Publications) != c.tables || out.Runs != 2 {
					t.Fatalf("%+v, %v", out, err)
				}
				if v := w.sound(t); v.Unpublished > 0 {
					t.Errorf("%d parts are left that nobody reads", v.Unpublished)
				}
			})
		})
	}
}

// refusing is a store that does not take one file.
type refusing struct {
	lake.Store
	key string
}

func (r refusing) Put(ctx context.Context, key string, from io.Reader) error {
	if key == r.key {
		return errDead
	}
	return r.Store.Put(ctx, key, from)
}

// TestForgetTellsADayFromASnapshotOfIt: of a day that is published and read again, one
// table as it is and another anew, each of both is as it was but for the person.
func TestForgetTellsADayFromASnapshotOfIt(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 9, Contacts: 20, Companies: 4})
	contact, day := twoDays(t, w), "2026-04-11"
	before := len(w.read(t, tables.Contact, day))
	run, err := w.lake(t).Resume(t.Context(), lake.Wanted{Day: day, Tables: []string{tables.Contact, tables.ContactTag}, Begin: membership.Begin(w.now(), time.UTC), Again: true})
	if err != nil {
		t.Fatal(err)
	}
	published, _, err := w.lake(t).Published(t.Context(), tables.ContactTag, day)
	if err != nil {
		t.Fatal(err)
	}
	of := tables.All()[slices.IndexFunc(tables.All(), func(t tables.Table) bool { return t.Name == tables.Contact })]
	anew := run.Table(of.Name, day, of.Columns, false)
	for _, id := range []string{contact, "another"} {
		values := make([]any, len(of.Columns))
		values[0] = id
		if err := anew.Row(t.Context(), values); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := anew.Finish()
	if err != nil {
		t.Fatal(err)
	}
	run.Unfinished().Kept = []lake.Publication{whole, published}
	if err := errors.Join(run.Keep(t.Context()), run.Leave()); err != nil {
		t.Fatal(err)
	}
	note, _, _ := w.note(t)
	if _, err := erase.Contact(t.Context(), w.in(refusing{w.store(t), note}), contact); !errors.Is(err, errDead) {
		t.Errorf("what cannot be kept is forgotten: %v", err)
	}
	if left := w.left(t).Kept; len(w.part(t, left[0].Parts[0].Key)) != 2 || len(w.litter(t)) != 2 {
		t.Errorf("of an attempt is left %v", w.litter(t))
	}
	found, err := erase.Contact(t.Context(), w.lake(t), contact)
	times := map[string]int{}
	for _, f := range found {
		times[f.Table+f.Dt]++
	}
	if err != nil || times[tables.Contact+day] != 2 || times[tables.ContactTag+day] != 1 {
		t.Errorf("found %v, %v", times, err)
	}
	w.nowhere(t, contact)
	w.sound(t)
	kept := w.left(t).Kept
	if rows := w.read(t, tables.Contact, day); len(rows) != before-1 || kept[0].Rows != 1 || len(w.part(t, kept[0].Parts[0].Key)) != 1 {
		t.Errorf("%d of %d contacts are left, and %d of those that were read again", len(rows), before, kept[0].Rows)
	}
	if now, _, err := w.lake(t).Published(t.Context(), tables.ContactTag, day); err != nil || now.Run == published.Run || now.Run != kept[1].Run {
		t.Errorf("%+v is published, and %+v kept, %v", now, kept[1], err)
	}
}

// inPart is the first contact in the parts of a table.
func (w *world) inPart(t *testing.T, table, column string) string {
	t.Helper()
	keys := w.keys(t, table+"/dt=")
	if len(keys) == 0 {
		t.Fatal("no parts of " + table)
	}
	return w.part(t, keys[0])[0][column].(string)
}

func TestForgetLeavesADamagedLakeAlone(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 9})
	contact := twoDays(t, w)
	key := damagePart(t, w, "tag", func(b []byte) []byte { return b[:len(b)/2] })
	_, err := erase.Contact(t.Context(), w.lake(t), contact)
	if err == nil || !strings.Contains(err.Error(), "nothing was changed") || !strings.Contains(err.Error(), "put it back from a backup, or remove the publication and the parts of its day") {
		t.Errorf("got %v", err)
	}
	day := filepath.Dir(key)
	for _, path := range []string{day, filepath.Join("_published", day+".json")} {
		if err := os.RemoveAll(filepath.Join(w.root, path)); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := erase.Contact(t.Context(), w.lake(t), contact); err != nil || len(found) < 6 {
		t.Errorf("as it says: found in %d days, %v", len(found), err)
	}
	w.nowhere(t, contact)
}

// damagePart changes the first part of a table.
func damagePart(t *testing.T, w *world, table string, change func([]byte) []byte) (key string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(w.root, table, "dt=*", "*.ndjson.gz"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	if data = change(data); data == nil {
		err = os.Remove(names[0])
	} else {
		err = os.WriteFile(names[0], data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	key, err = filepath.Rel(w.root, names[0])
	if err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(key)
}

func TestVerifyFindsDamage(t *testing.T) {
	for name, c := range map[string]struct {
		change func([]byte) []byte
		want   string
	}{
		"missing":   {func([]byte) []byte { return nil }, "it is published but not there"},
		"cut off":   {func(b []byte) []byte { return b[:len(b)-9] }, "bytes, published were"},
		"empty":     {func([]byte) []byte { return []byte{} }, "it has 0 bytes, published were"},
		"one bit":   {func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, "its sha256 is"},
		"longer":    {func(b []byte) []byte { return append(b, b...) }, "bytes, published were"},
		"something": {func([]byte) []byte { return []byte("hello") }, "it has 5 bytes, published were"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sandbox.Options{Seed: 1, Contacts: 20, Companies: 3})
			w.snapshot(t, Snapshot{})
			key := damagePart(t, w, "contact", c.change)
			v, err := audit.Verify(t.Context(), w.lake(t))
			if err != nil || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], key) || !strings.Contains(v.Problems[0], c.want) {
				t.Errorf("%v, %v; want %q of %s", v.Problems, err, c.want, key)
			}
		})
	}
}

func TestPublicationThatLiesIsRefused(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 1, Contacts: 20, Companies: 3})
	w.snapshot(t, Snapshot{})
	path := filepath.Join(w.root, "_published", "tag", "dt=2026-03-31.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		`"table":"tag"`:   `"table":"contact"`,
		`"rows":12`:       `"rows":13`,
		`{"table"`:        `{"table`,
		`"key":"tag/dt=2`: `"key":"../tag/dt=2`,
	} {
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		v, err := audit.Verify(t.Context(), w.lake(t))
		if err == nil && len(v.Problems) == 0 {
			t.Errorf("%s instead of %s goes unnoticed", to, from)
		} else if !strings.Contains(fmt.Sprint(err, v.Problems), "_published/tag/dt=2026-03-31.json") && !strings.Contains(fmt.Sprint(v.Problems), "tag/dt=2026-03-31/") {
			t.Errorf("%s: it is not named in %v, %v", to, err, v.Problems)
		}
	}
}
