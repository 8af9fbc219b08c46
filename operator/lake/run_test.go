package lake_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/storetest"
)

// failing is a store of which one put or removal fails, once.
type failing struct {
	lake.Store
	mu          sync.Mutex
	put, remove string // what its key begins with
}

// fails says whether this is the one, which comes once.
func (f *failing) fails(which *string, key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if *which == "" || !strings.HasPrefix(key, *which) {
		return false
	}
	*which = ""
	return true
}

var errFull = errors.New("the disk is full")

func (f *failing) Put(ctx context.Context, key string, r io.Reader) error {
	if f.fails(&f.put, key) {
		return errFull
	}
	return f.Store.Put(ctx, key, r)
}

func (f *failing) Remove(ctx context.Context, key string) error {
	if f.fails(&f.remove, key) {
		return errFull
	}
	return f.Store.Remove(ctx, key)
}

// TestPublishThatFailsHalfway: days are published all or none. Where a file could
// not be written, the next run finishes what was decided, whether or not the run
// that failed has published other days meanwhile.
func TestPublishThatFailsHalfway(t *testing.T) {
	for name, c := range map[string]struct {
		put, remove string
		goOn        bool
	}{
		"a publication is not written":                 {put: "_published/tag/dt=2026-05-05"},
		"a publication is not written, and it goes on": {put: "_published/tag/dt=2026-05-05", goOn: true},
		"an old part is not removed":                   {remove: "tag/dt=2026-05-04"},
		"an old part is not removed, and it goes on":   {remove: "tag/dt=2026-05-04", goOn: true},
	} {
		t.Run(name, func(t *testing.T) {
			store := &failing{Store: &storetest.Memory{}}
			l := lake.New(store, lake.Options{Workspace: "w1"})
			days := []string{"2026-05-04", "2026-05-05", "2026-05-06"}
			publishDays(t, l, days, 1, nil)
			store.put, store.remove = c.put, c.remove
			goOn := days[:0]
			if c.goOn {
				goOn = days[2:]
			}
			publishDays(t, l, days[:2], 2, goOn)
			run, err := l.Begin(t.Context(), []string{"tag"}, days[0], days[0])
			if err == nil {
				err = run.Close(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
			rows := int64(1 + 2 + 2)
			if c.goOn {
				rows++
			}
			if v, err := audit.Verify(t.Context(), l); err != nil || len(v.Problems) > 0 || v.Unpublished > 0 || v.Rows != rows {
				t.Errorf("%+v, %v: want %d rows", v, err, rows)
			}
		})
	}
}

// publishDays publishes some days of so many rows, which may fail, and then others.
func publishDays(t *testing.T, l *lake.Lake, days []string, rows int, then []string) {
	t.Helper()
	run, err := l.Begin(t.Context(), []string{"tag"}, "2026-05-04", "2026-05-06")
	if err != nil {
		t.Fatal(err)
	}
	publish := func(days []string) error {
		var all []lake.Replacement
		for _, dt := range days {
			was, _, err := l.Published(t.Context(), "tag", dt)
			if err != nil {
				t.Fatal(err)
			}
			w := run.Table("tag", dt, []tables.Column{{Name: "id", Kind: tables.Long}}, false)
			for i := range rows {
				if err := w.Row(t.Context(), []any{int64(i)}); err != nil {
					t.Fatal(err)
				}
			}
			by, err := w.Finish()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, lake.Replacement{Was: was, By: by})
		}
		return run.Publish(t.Context(), all)
	}
	if err := publish(days); err != nil && !errors.Is(err, errFull) {
		t.Fatal(err)
	}
	if err := publish(then); err != nil {
		t.Fatal(err)
	}
	if err := run.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}
