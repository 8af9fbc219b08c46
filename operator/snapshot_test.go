package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/storetest"
	"intercom-connector/sandbox"
)

// The sandbox's workspace begins at epoch; its clock stands at the noon of a
// day, unless a test moves it.
var epoch = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func noon(day int) time.Time { return epoch.AddDate(0, 0, day).Add(12 * time.Hour) }

// world is a workspace, a client of it, and a lake: in a folder, or in memory.
type world struct {
	*sandbox.Sandbox
	client *intercom.Client
	day    atomic.Int64
	past   atomic.Int64 // noon, in minutes
	root   string
	memory *storetest.Memory
}

func newWorld(t testing.TB, o sandbox.Options) *world {
	t.Helper()
	w := &world{root: t.TempDir()}
	w.day.Store(30)
	o.Epoch = epoch
	if o.Now == nil {
		o.Now = w.now
	}
	if o.Contacts == 0 {
		o.Contacts, o.Companies = 60, 12
	}
	w.Sandbox = sandbox.New(o)
	url, closeBox, err := w.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.client, err = intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.client.CloseIdleConnections()
		if err := closeBox(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) now() time.Time {
	return noon(int(w.day.Load())).Add(time.Duration(w.past.Load()) * time.Minute)
}

// forgets lets the workspace forget the scroll that a run left open when it
// died, as it does after a minute.
func (w *world) forgets() { w.past.Add(2) }

// store opens where the world's lake is.
func (w *world) store(t testing.TB) lake.Store {
	t.Helper()
	if w.memory != nil {
		return w.memory
	}
	f, err := folder.Open(w.root)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (w *world) lake(t testing.TB) *lake.Lake { return w.in(w.store(t)) }

// in opens the lake of a store with the clock of the world.
func (w *world) in(store lake.Store) *lake.Lake { return lake.New(store, lake.Options{Now: w.now}) }

// take snapshots the day of now, though it may be published.
func (w *world) take(ctx context.Context, l *lake.Lake, s Snapshot) (Outcome, error) {
	s.Again = true
	return Take(ctx, l, membership.Config{Client: w.client, Now: w.now}, membership.Begin(w.now(), time.UTC), s)
}

func (w *world) snapshot(t testing.TB, s Snapshot) []lake.Publication {
	t.Helper()
	out, err := w.take(t.Context(), w.lake(t), s)
	if err != nil {
		t.Fatal(err)
	}
	return out.Publications
}

// keys are those in the store that begin with a prefix.
func (w *world) keys(t testing.TB, prefix string) (keys []string) {
	t.Helper()
	for key, err := range w.store(t).List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

// file is what a key holds; nil where there is none.
func (w *world) file(t testing.TB, key string) []byte {
	t.Helper()
	r, err := w.store(t).Open(t.Context(), key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// read returns the rows that a reader of a table's day sees; none where
// nothing is published.
func (w *world) read(t testing.TB, table, dt string) []map[string]any {
	t.Helper()
	data := w.file(t, "_published/"+table+"/dt="+dt+".json")
	if data == nil {
		return nil
	}
	var p lake.Publication
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	rows := []map[string]any{}
	for _, key := range w.keys(t, table+"/dt="+dt+"/"+p.Run+"-") {
		rows = append(rows, w.part(t, key)...)
	}
	if int64(len(rows)) != p.Rows {
		t.Fatalf("%s of %s: a reader finds %d rows, published are %d", table, dt, len(rows), p.Rows)
	}
	return rows
}

// part is a part's rows.
func (w *world) part(t testing.TB, key string) []map[string]any {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(w.file(t, key)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	for line := range bytes.Lines(text) {
		var row map[string]any
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// values are the rows' values of some columns, sorted.
func values(rows []map[string]any, columns ...string) []string {
	var all []string
	for _, row := range rows {
		var key []string
		for _, c := range columns {
			key = append(key, fmt.Sprint(row[c]))
		}
		all = append(all, strings.Join(key, " "))
	}
	slices.Sort(all)
	return all
}

// truth is what the tables should hold now.
func (w *world) truth() map[string][]string { return people(w.Sandbox) }

// people is what the tables of a workspace's people should hold now.
func people(s *sandbox.Sandbox) map[string][]string {
	m := s.TruthMembership()
	pairs := func(seq func(func(string, string) bool)) []string {
		var all []string
		for a, b := range seq {
			all = append(all, a+" "+b)
		}
		slices.Sort(all)
		return all
	}
	return map[string][]string{
		"contact":         slices.Sorted(m.Contacts),
		"company":         slices.Sorted(m.Companies),
		"contact_tag":     pairs(m.ContactTags),
		"contact_segment": pairs(m.ContactSegments),
		"company_tag":     pairs(m.CompanyTags),
		"company_segment": pairs(m.CompanySegments),
	}
}

// keysOf are the columns of a table of people that tell its rows apart.
func keysOf(table string) []string {
	for _, d := range tables.All() {
		if d.Name == table && !slices.ContainsFunc(d.Columns, func(c tables.Column) bool { return c.Name == "id" }) {
			return []string{d.Columns[0].Name, d.Columns[1].Name}
		}
	}
	return []string{"id"}
}

// equalsTruth compares a published day with the truth of now.
func (w *world) equalsTruth(t testing.TB, dt string) {
	t.Helper()
	for table, want := range w.truth() {
		if got := values(w.read(t, table, dt), keysOf(table)...); !slices.Equal(got, want) {
			t.Errorf("%s of %s holds %d rows, not the %d that it should", table, dt, len(got), len(want))
		}
	}
}

// parts lists every part on the disk, published or not, and every other file
// that should not outlive a run.
func (w *world) litter(t testing.TB) []string {
	t.Helper()
	all, err := w.lake(t).Publications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, p := range all {
		known["_published/"+p.Table+"/dt="+p.Dt+".json"] = true
		for _, part := range p.Parts {
			known[part.Key] = true
		}
	}
	var found []string
	for _, key := range w.keys(t, "") {
		if !known[key] {
			found = append(found, key)
		}
	}
	if w.memory != nil {
		return found
	}
	growing, err := filepath.Glob(filepath.Join(w.root, "_tmp", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return append(found, growing...)
}

func (w *world) sound(t testing.TB) audit.Verification {
	t.Helper()
	v, err := audit.Verify(t.Context(), w.lake(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Problems) > 0 {
		t.Errorf("the lake is not sound: %v", v.Problems)
	}
	return v
}

func TestSnapshotIsTheTruth(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 1, Contacts: 400, Companies: 130})
	published := w.snapshot(t, Snapshot{})
	w.equalsTruth(t, "2026-03-31")
	if len(published) != 9 {
		t.Errorf("%d tables", len(published))
	}
	for _, p := range published {
		if !p.Complete || p.Dt != "2026-03-31" || p.Started.IsZero() || p.Finished.Before(p.Started) {
			t.Errorf("%+v", p)
		}
	}
	if v := w.sound(t); v.Tables != 9 || v.Days != 9 || v.Unpublished != 0 {
		t.Errorf("%+v", v)
	}
	if left := w.litter(t); left != nil {
		t.Errorf("left behind: %v", left)
	}
	row := w.read(t, "membership_snapshot", "2026-03-31")[0]
	if row["snapshot_date"] != "2026-03-31" || row["snapshot_at"] != "2026-03-31 12:00:00" || row["complete"] != true ||
		row["contact_rows"] != float64(len(w.truth()["contact"])) {
		t.Errorf("%v", row)
	}
}

func TestEveryDayStaysAsItWas(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 2})
	truths := map[string]map[string][]string{}
	for _, day := range []int64{10, 11, 13} { // 12 is missing
		w.day.Store(day)
		w.snapshot(t, Snapshot{})
		truths[w.now().Format(time.DateOnly)] = w.truth()
	}
	for dt, truth := range truths {
		if got := values(w.read(t, "contact_segment", dt), "contact_id", "segment_id"); !slices.Equal(got, truth["contact_segment"]) {
			t.Errorf("%s is not as it was", dt)
		}
	}
	if w.read(t, "contact", "2026-03-13") != nil {
		t.Error("the missing day is there")
	}
}

func TestSameDayAgainReplacesItself(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 3})
	first := w.snapshot(t, Snapshot{})
	second := w.snapshot(t, Snapshot{Tables: []string{"contact_tag", "tag"}})
	w.equalsTruth(t, "2026-03-31")
	if len(second) != 2 || second[0].Run == first[0].Run {
		t.Errorf("published %v after %v", second, first)
	}
	if left := w.litter(t); left != nil {
		t.Errorf("left behind: %v", left)
	}
	runs := map[string]string{}
	all, err := w.lake(t).Publications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		runs[p.Table] = p.Run
	}
	if runs["contact"] != first[0].Run || runs["tag"] != second[0].Run {
		t.Errorf("runs are %v", runs)
	}
}

func TestUnknownTableIsNamed(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	_, err := w.take(t.Context(), w.lake(t), Snapshot{Tables: []string{"contact", "friend"}})
	if err == nil || !strings.Contains(err.Error(), `no table "friend"; there are segment, tag, contact`) {
		t.Errorf("got %v", err)
	}
}

func TestNoPIILeavesNoneBehind(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 4})
	w.snapshot(t, Snapshot{NoPII: true})
	w.equalsTruth(t, "2026-03-31")
	for _, row := range append(w.read(t, "contact", "2026-03-31"), w.read(t, "company", "2026-03-31")...) {
		for _, column := range []string{"email", "external_id", "custom_attributes"} {
			if row[column] != nil {
				t.Fatalf("%s is %v", column, row[column])
			}
		}
	}
	for _, row := range w.read(t, "contact", "2026-03-31") {
		if row["name"] != nil || row["created_at"] == nil {
			t.Fatalf("%v", row)
		}
	}
}

func TestOneWriterAtATime(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	run, err := w.lake(t).Begin(t.Context(), []string{"tag"}, "2026-03-31", "2026-03-31")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.take(t.Context(), w.lake(t), Snapshot{})
	var locked *lake.LockedError
	if !errors.As(err, &locked) || locked.Holder == "" || !strings.Contains(err.Error(), "try again when it has ended") {
		t.Errorf("got %v", err)
	}
	if err := run.Abandon(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.snapshot(t, Snapshot{})
	w.equalsTruth(t, "2026-03-31")
}

func TestFailedWalkLeavesTheDayAsItWas(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 6})
	first := w.snapshot(t, Snapshot{})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.take(ctx, w.lake(t), Snapshot{OnRow: func(table string) {
		if table == "contact_segment" {
			cancel()
		}
	}})
	if err == nil {
		t.Fatal("no error")
	}
	w.forgets()
	w.equalsTruth(t, "2026-03-31")
	w.sound(t)
	all, err := w.lake(t).Publications(t.Context())
	if err != nil || all[0].Run != first[0].Run {
		t.Errorf("%v, %v", all, err)
	}
	w.snapshot(t, Snapshot{})
	w.equalsTruth(t, "2026-03-31")
	if left := w.litter(t); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// Lists that are forbidden do not take the others of the day with them.
func TestOneListIsForbidden(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 6, Dialect: []string{"contacts-forbidden"}})
	_, err := w.take(t.Context(), w.lake(t), Snapshot{})
	if err == nil || !strings.Contains(err.Error(), "reading contacts") {
		t.Errorf("got %v", err)
	}
	all, err := w.lake(t).Publications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var published []string
	for _, p := range all {
		published = append(published, p.Table)
	}
	if want := []string{"company", "company_segment", "company_tag", "tag"}; !slices.Equal(published, want) {
		t.Errorf("published: %v", published)
	}
}
