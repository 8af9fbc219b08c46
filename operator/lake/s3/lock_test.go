package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/s3"
	"intercom-connector/operator/lake/storetest"
)

func TestALockIsOfItsPrefix(t *testing.T) {
	startServer(t)
	for _, prefix := range []string{"lake", "other", "lake/within"} {
		unlock, err := open(t, here(prefix), s3.Options{}).Lock(t.Context(), "run")
		if err != nil {
			t.Fatalf("%s: %v", prefix, err)
		}
		defer unlock()
	}
}

// TestAPausedRunUndoesNothing cuts a run off from its lock for longer than its
// lease, as a machine that sleeps is.
func TestAPausedRunUndoesNothing(t *testing.T) {
	s := startServer(t)
	ctx := context.Background()
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	paused := open(t, here("lake"), s3.Options{Lease: 2 * time.Second})
	unlock, err := paused.Lock(ctx, "paused")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	note, part := "_published/contact/dt=2026-05-04.json", "contact/dt=2026-05-04/paused-00000.ndjson.gz"
	if err := paused.Put(ctx, note, strings.NewReader("of the paused one")); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, here("lake"), s3.Options{}).Lock(ctx, "next"); !errors.As(err, new(*lake.LockedError)) || !strings.Contains(err.Error(), "paused") {
		t.Fatalf("while it lives: %v", err)
	}
	s.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut || !strings.HasSuffix(r.URL.Path, "/_lock.json") {
			return false
		}
		claim, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(claim))
		cutOff := err == nil && bytes.Contains(claim, []byte(`"paused"`))
		if cutOff {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return cutOff
	}, nil)
	for deadline := time.Now().Add(10 * time.Minute); paused.Put(ctx, note, strings.NewReader("of the paused one")) == nil; {
		if time.Now().After(deadline) {
			t.Fatal("a lock that is not renewed is held for ever")
		}
	}
	next := open(t, here("lake"), s3.Options{})
	takeOver(t, next)
	s.set(nil, nil)
	if err := next.Put(ctx, note, strings.NewReader("of the next one")); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"note": paused.Put(ctx, note, strings.NewReader("of the paused one")), "part": paused.Put(ctx, part, strings.NewReader("x")),
		"removal": paused.Remove(ctx, note),
	} {
		if err == nil || !strings.Contains(err.Error(), "lock") {
			t.Errorf("the paused run's %s: %v, want an error about its lock", what, err)
		}
	}
	if got := read(t, next, note); string(got) != "of the next one" {
		t.Errorf("the note is %q", got)
	}
}

// takeOver takes the lock once its holder counts as dead.
func takeOver(t *testing.T, b *s3.Bucket) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); ; {
		_, err := b.Lock(context.Background(), "next")
		if err == nil {
			return
		}
		if !errors.As(err, new(*lake.LockedError)) || time.Now().After(deadline) {
			t.Fatalf("a lock that is not renewed is not free: %v", err)
		}
	}
}

// TestANoteIsReplacedAsItWasOnly lets another run write between a run's look
// at a note and its own put.
func TestANoteIsReplacedAsItWasOnly(t *testing.T) {
	s := startServer(t)
	ctx := context.Background()
	b, other := open(t, here("lake"), s3.Options{}), open(t, here("lake"), s3.Options{})
	note := "_runs/r.json"
	for name, before := range map[string]string{"a new one": "", "one that was there": "first"} {
		if err := b.Remove(ctx, note); err != nil {
			t.Fatal(err)
		}
		if before != "" {
			if err := b.Put(ctx, note, strings.NewReader(before)); err != nil {
				t.Fatal(err)
			}
		}
		var between atomic.Bool
		s.set(func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut && !between.Swap(true) {
				if err := other.Put(ctx, note, strings.NewReader("the other's")); err != nil {
					t.Error(err)
				}
			}
			return false
		}, nil)
		if err := b.Put(ctx, note, strings.NewReader("mine")); err == nil || !strings.Contains(err.Error(), "changed by another run") {
			t.Errorf("%s: %v", name, err)
		}
		s.set(nil, nil)
		if got := read(t, b, note); string(got) != "the other's" {
			t.Errorf("%s: it is %q", name, got)
		}
	}
}

// TestAPutWhoseAnswerIsLostMeetsItself loses the answer of a put that took
// place.
func TestAPutWhoseAnswerIsLostMeetsItself(t *testing.T) {
	s := startServer(t)
	b := open(t, here("lake"), s3.Options{})
	lost := false
	s.set(nil, func(r *http.Response) error {
		if r.Request.Method == http.MethodPut && !lost {
			lost = true
			return errors.New("lost")
		}
		return nil
	})
	if err := b.Put(context.Background(), "_runs/r.json", strings.NewReader("mine")); err != nil {
		t.Error(err)
	}
	if !lost || s.count("PutObject") != 2 {
		t.Errorf("it was put %d times, want twice", s.count("PutObject"))
	}
}

// TestAPutThatConflicts with another of the same object, which came to nothing, is tried
// again: the object is what it was.
func TestAPutThatConflicts(t *testing.T) {
	s := startServer(t)
	b := open(t, here("lake"), s3.Options{})
	for _, test := range []struct{ conflicts, puts int }{{1, 2}, {2, 3}, {100, 3}} {
		before, left := s.count("PutObject"), test.conflicts
		s.set(func(w http.ResponseWriter, r *http.Request) bool {
			conflict := r.Method == http.MethodPut && left > 0
			if conflict {
				left--
				io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusConflict)
				io.WriteString(w, "<Error><Code>ConditionalRequestConflict</Code></Error>")
			}
			return conflict
		}, nil)
		err := b.Put(t.Context(), "_runs/r.json", strings.NewReader(strconv.Itoa(test.conflicts)))
		s.set(nil, nil)
		if puts := s.count("PutObject") - before; puts != test.puts {
			t.Errorf("%d conflicts: it was put %d times, not %d", test.conflicts, puts, test.puts)
		}
		if test.conflicts < 100 && (err != nil || string(read(t, b, "_runs/r.json")) != strconv.Itoa(test.conflicts)) {
			t.Errorf("%d conflicts: %v", test.conflicts, err)
		}
		if test.conflicts == 100 && (err == nil || !strings.Contains(err.Error(), "ConditionalRequestConflict")) {
			t.Errorf("conflicts for ever: %v", err)
		}
	}
}

const published = "_published/contact/dt=2026-05-04.json"

// TestALeaseIsCheckedOnBothClocks: one goes on while the machine sleeps, the other
// where somebody sets the first.
func TestALeaseIsCheckedOnBothClocks(t *testing.T) {
	startServer(t)
	for name, test := range map[string]struct {
		wall, counted time.Duration
		held          bool
	}{
		"both before its end":        {59 * time.Minute, 59 * time.Minute, true},
		"the wall clock at its end":  {time.Hour, 0, false},
		"the other clock at its end": {0, time.Hour, false},
		"the wall clock set back":    {-24 * time.Hour, time.Hour, false},
	} {
		var wall, counted time.Duration
		b := open(t, here(strings.ReplaceAll(name, " ", "-")), s3.Options{Lease: time.Hour}.WithClocks(func() (time.Duration, time.Duration) { return wall, counted }))
		unlock, err := b.Lock(t.Context(), "run")
		if err != nil {
			t.Fatal(err)
		}
		wall, counted = test.wall, test.counted
		for what, err := range map[string]error{
			"part": b.Put(t.Context(), part, strings.NewReader("x")), "note": b.Put(t.Context(), published, strings.NewReader("x")),
			"removal": b.Remove(t.Context(), published),
		} {
			if held := err == nil; held != test.held {
				t.Errorf("%s: a %s: %v", name, what, err)
			}
		}
		if err := unlock(); err != nil {
			t.Error(err)
		}
	}
}

// TestALeaseCountsFromItsSending: while the answer to a renewal is on its way, the
// lease runs.
func TestALeaseCountsFromItsSending(t *testing.T) {
	s := startServer(t)
	var late atomic.Int64
	ahead := func() (time.Duration, time.Duration) { return time.Duration(late.Load()), time.Duration(late.Load()) }
	b := open(t, here("lake"), s3.Options{Lease: time.Hour}.WithClocks(ahead))
	unlock, err := b.Lock(t.Context(), "run")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	s.set(nil, func(r *http.Response) error {
		if r.Request.Method == http.MethodPut {
			late.Store(int64(time.Hour)) // that is how long it takes
		}
		return nil
	})
	if err := b.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.set(nil, nil)
	if err := b.Put(t.Context(), published, strings.NewReader("x")); err == nil || !strings.Contains(err.Error(), "without being renewed") {
		t.Errorf("past its end: %v", err)
	}
	if err := b.Renew(t.Context()); err != nil {
		t.Error(err)
	}
	if err := b.Put(t.Context(), published, strings.NewReader("x")); err != nil {
		t.Errorf("once it is renewed: %v", err)
	}
}

// TestARenewalWhoseAnswerIsLost took place all the same: its holder knows it
// again, and does not take it for somebody else's.
func TestARenewalWhoseAnswerIsLost(t *testing.T) {
	s := startServer(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	b := open(t, here("lake"), s3.Options{})
	unlock, err := b.Lock(t.Context(), "run")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	for range 2 {
		s.set(nil, func(r *http.Response) error {
			if r.Request.Method == http.MethodPut {
				return errors.New("lost")
			}
			return nil
		})
		if err := b.Renew(t.Context()); err == nil {
			t.Fatal("nothing was lost: the test shows nothing")
		}
		s.set(nil, nil)
		if err := b.Renew(t.Context()); err != nil {
			t.Errorf("after a lost answer: %v", err)
		}
		if err := b.Put(t.Context(), published, strings.NewReader("x")); err != nil {
			t.Error(err)
		}
	}
}

// TestARenewalAfterATakeover takes nothing back: the claim that is there is another's,
// however few times it was renewed.
func TestARenewalAfterATakeover(t *testing.T) {
	startServer(t)
	first, next := open(t, here("lake"), s3.Options{Lease: time.Hour}), open(t, here("lake"), s3.Options{Lease: time.Hour})
	unlock, err := first.Lock(t.Context(), "first")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := first.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(t, here("lake"), s3.Options{}).Remove(t.Context(), "_lock.json"); err != nil { // as if its lease were over
		t.Fatal(err)
	}
	unlockNext, err := next.Lock(t.Context(), "next")
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Renew(t.Context()); err == nil || !strings.Contains(err.Error(), "changed by another run") {
		t.Errorf("the first one's renewal: %v", err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	if err := next.Renew(t.Context()); err != nil {
		t.Errorf("the next one's: %v", err)
	}
	if err := unlockNext(); err != nil {
		t.Error(err)
	}
}

// TestAServerWithoutConditions is found out before anything is written.
func TestAServerWithoutConditions(t *testing.T) {
	s := startServer(t)
	if storetest.Genuine() {
		return // it knows by the signature what was taken away
	}
	s.set(func(_ http.ResponseWriter, r *http.Request) bool {
		r.Header.Del("If-Match")
		r.Header.Del("If-None-Match")
		return false
	}, nil)
	if _, err := open(t, here("lake"), s3.Options{}).Lock(t.Context(), "run"); err == nil || !strings.Contains(err.Error(), "ignores the conditions of a put") {
		t.Errorf("got %v", err)
	}
}
