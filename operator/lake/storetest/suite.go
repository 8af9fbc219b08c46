package storetest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
)

// suite is what is asked of every store. Each test has a place of its own, which it
// opens as often as there are writers; what is opened knows nothing of the others.
var suite = map[string]func(t *testing.T, open func() lake.Store){
	"files come back as they were": filesComeBack,
	"a put is whole or nothing":    putsAreWhole,
	"keys are listed by prefix":    keysAreListed,
	"one writer at a time":         oneWriter,
	"a lake in it":                 lakeInIt,
}

// Run tests a store: place makes a place, and opens it.
func Run(t *testing.T, place func(t *testing.T) (open func() lake.Store)) {
	for name, test := range suite {
		t.Run(name, func(t *testing.T) { test(t, place(t)) })
	}
}

// RunInBubble is Run in the time of a bubble of testing/synctest, for a store that waits.
func RunInBubble(t *testing.T, place func(t *testing.T) (open func() lake.Store)) {
	for name, test := range suite {
		t.Run(name, func(t *testing.T) {
			open := place(t)
			synctest.Test(t, func(t *testing.T) { test(t, open) })
		})
	}
}

const (
	part        = "contact/dt=2026-05-04/20260504T020003Z-9f3c11-00000.ndjson.gz"
	publication = "_published/contact/dt=2026-05-04.json"
)

func get(t *testing.T, s lake.Store, key string) string {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func put(t *testing.T, s lake.Store, key, text string) {
	t.Helper()
	if err := s.Put(t.Context(), key, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, s lake.Store, prefix string) (keys []string) {
	t.Helper()
	for key, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

func filesComeBack(t *testing.T, open func() lake.Store) {
	s := open()
	for _, key := range []string{part, publication} {
		if _, err := s.Open(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s before it is put: %v", key, err)
		}
		for _, text := range []string{"old", "", "new\x00\xff"} {
			put(t, s, key, text)
			if got := get(t, s, key); got != text {
				t.Errorf("%s is %q, not %q", key, got, text)
			}
		}
		for range 2 { // the second time it is gone already
			if err := s.Remove(t.Context(), key); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.Open(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s once it is removed: %v", key, err)
		}
	}
}

func putsAreWhole(t *testing.T, open func() lake.Store) {
	s := open()
	cutOff := errors.New("the rows ended early")
	for _, key := range []string{part, publication} {
		for _, was := range []string{"", "old"} {
			if was != "" {
				put(t, s, key, was)
			}
			broken := io.MultiReader(strings.NewReader("half of the new"), iotest.ErrReader(cutOff))
			if err := s.Put(t.Context(), key, broken); !errors.Is(err, cutOff) {
				t.Errorf("%s: %v", key, err)
			}
			if was != "" && get(t, s, key) != was {
				t.Errorf("%s is %q", key, get(t, s, key))
			}
		}
	}
	if keys := list(t, s, ""); !slices.Equal(keys, []string{publication, part}) {
		t.Errorf("left are %v", keys)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, part, iotest.ErrReader(context.Canceled)); err == nil || get(t, s, part) != "old" {
		t.Errorf("cancelled: %v, %q", err, get(t, s, part))
	}
}

func keysAreListed(t *testing.T, open func() lake.Store) {
	s := open()
	for _, key := range []string{"b/dt=2/1", "b/dt=2/0", "b/dt=1/0", "bb/dt=1/0", "_published/b/dt=1.json", "_runs/r.json"} {
		put(t, s, key, "x")
	}
	unlock, err := s.Lock(t.Context(), "me")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	for prefix, want := range map[string][]string{
		"b/dt=":       {"b/dt=1/0", "b/dt=2/0", "b/dt=2/1"},
		"b/dt=2/":     {"b/dt=2/0", "b/dt=2/1"},
		"_published/": {"_published/b/dt=1.json"},
		"nothing/":    nil,
		"":            {"_published/b/dt=1.json", "_runs/r.json", "b/dt=1/0", "b/dt=2/0", "b/dt=2/1", "bb/dt=1/0"},
	} {
		if got := list(t, s, prefix); !slices.Equal(got, want) {
			t.Errorf("%q lists %v, not %v", prefix, got, want)
		}
	}
}

func oneWriter(t *testing.T, open func() lake.Store) {
	var mu sync.Mutex
	var unlocks []func() error
	var refused int
	var writers sync.WaitGroup
	for range 8 {
		s := open()
		writers.Go(func() {
			unlock, err := s.Lock(t.Context(), "the first")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				unlocks = append(unlocks, unlock)
			case errors.As(err, new(*lake.LockedError)):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if len(unlocks) != 1 || refused != 7 {
		t.Fatalf("%d hold the lock, %d were refused", len(unlocks), refused)
	}
	var locked *lake.LockedError
	if _, err := open().Lock(t.Context(), "the second"); !errors.As(err, &locked) || locked.Run != "the first" || !strings.Contains(err.Error(), "the first") {
		t.Errorf("while it is held: %v", err)
	}
	for range 2 {
		if err := unlocks[0](); err != nil {
			t.Fatal(err)
		}
		unlock, err := open().Lock(t.Context(), "the next")
		if err != nil {
			t.Fatal(err)
		}
		unlocks[0] = unlock
	}
	if err := unlocks[0](); err != nil {
		t.Error(err)
	}
}

// lakeInIt publishes a day, replaces it, and goes on after a run that died, on a machine
// whose clock is set hours back and ahead.
func lakeInIt(t *testing.T, open func() lake.Store) {
	looks := 0
	l := lake.New(open(), lake.Options{Workspace: "w1", Now: func() time.Time {
		looks++
		return time.Now().Add([]time.Duration{0, -6 * time.Hour, 6 * time.Hour}[looks%3])
	}})
	day := func(r *lake.Run, rows int) lake.Publication {
		w := r.Table("tag", "2026-05-04", []tables.Column{{Name: "id", Kind: tables.Long}}, false)
		for i := range rows {
			if err := w.Row(t.Context(), []any{int64(i)}); err != nil {
				t.Fatal(err)
			}
		}
		p, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	begin := func(l *lake.Lake) *lake.Run {
		r, err := l.Begin(t.Context(), []string{"tag"}, "2026-05-04", "2026-05-04")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, rows := range []int{3, 5, 0} {
		r := begin(l)
		other := lake.New(open(), lake.Options{})
		if _, err := other.Begin(t.Context(), []string{"tag"}, "2026-05-04", "2026-05-04"); !errors.As(err, new(*lake.LockedError)) {
			t.Errorf("a second writer: %v", err)
		}
		if err := r.Commit(t.Context(), []lake.Publication{day(r, rows)}); err != nil {
			t.Fatal(err)
		}
		v, err := audit.Verify(t.Context(), other)
		if err != nil || len(v.Problems) > 0 || v.Rows != int64(rows) || v.Unpublished > 0 {
			t.Errorf("%d rows: %+v, %v", rows, v, err)
		}
	}
	r := begin(l)
	day(r, 7) // and no more is heard of it
	if err := r.Leave(); err != nil {
		t.Fatal(err)
	}
	if err := begin(l).Abandon(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, err := audit.Verify(t.Context(), l); err != nil || v.Unpublished > 0 || v.Rows != 0 {
		t.Errorf("after a run that died: %+v, %v", v, err)
	}
	if left := list(t, open(), "_runs/"); len(left) > 0 {
		t.Errorf("notes are left: %v", left)
	}
	if _, err := lake.New(open(), lake.Options{Workspace: "w2"}).Begin(t.Context(), nil, "", ""); !errors.As(err, new(*lake.ForeignError)) {
		t.Errorf("another workspace: %v", err)
	}
}
