package reporting

import (
	"context"
	"fmt"
	"io"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/connector/export/plan"
	"intercom-connector/intercom/deletions"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/storetest"
)

// far is a store that takes its time for each file.
type far struct {
	lake.Store
	files atomic.Int64
}

func (f *far) wait() { f.files.Add(1); time.Sleep(20 * time.Millisecond) }

func (f *far) Put(ctx context.Context, key string, r io.Reader) error {
	f.wait()
	return f.Store.Put(ctx, key, r)
}

func (f *far) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	f.wait()
	return f.Store.Open(ctx, key)
}

func (f *far) Remove(ctx context.Context, key string) error {
	f.wait()
	return f.Store.Remove(ctx, key)
}

// takeDeletions reads a list of deletions on every ninth day of three years.
func takeDeletions(t testing.TB, store lake.Store, now time.Time) {
	t.Helper()
	sink, err := Open(t.Context(), lake.New(store, lake.Options{}), Options{Workspace: "w1", Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	start := now.AddDate(-3, 0, 0)
	sink.State().Datasets = map[string]*plan.State{"conversation": plan.NewState(start.Unix(), start.Unix(), now.Unix())}
	var all []deletions.Deletion
	for day := at("2026-03-08T10:00:00Z"); day.After(start); day = day.AddDate(0, 0, -9) {
		all = append(all, deletions.Deletion{ConversationID: fmt.Sprint(day.Unix()), At: day})
	}
	err = sink.TakeDeletions(t.Context(), Deletions{Now: now, LookbackDays: 30, List: func(_ context.Context, since time.Time) iter.Seq2[[]deletions.Deletion, error] {
		return func(yield func([]deletions.Deletion, error) bool) {
			for i, one := range all {
				if one.At.Before(since) || !yield(all[i:i+1], nil) {
					return
				}
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A first load of three years publishes the days that hold something, the first and the
// last, and several at the same time; the day after it is a few files.
func TestDeletionsOfYears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(at("2026-03-09T12:00:00Z")))
		store := &far{Store: &storetest.Memory{}}
		for _, load := range []struct {
			what   string
			files  int64
			within time.Duration
		}{{"the first", 600, 2 * time.Second}, {"the next day's", 40, time.Second}} {
			began := time.Now()
			store.files.Store(0)
			takeDeletions(t, store, began.UTC())
			took, files := time.Since(began), store.files.Load()
			t.Logf("%s load: %d files in %v", load.what, files, took)
			if took > load.within || files > load.files {
				t.Errorf("%s load took %d files and %v", load.what, files, took)
			}
			time.Sleep(24 * time.Hour)
		}
		days, err := lake.New(store.Store, lake.Options{}).Days(t.Context(), "deleted_conversation")
		if err != nil || len(days) != 122+3 { // with deletions, the first, and the present ones
			t.Errorf("%d days are published, %v", len(days), err)
		}
	})
}

// BenchmarkDeletionsOfYears is the first load into a folder.
func BenchmarkDeletionsOfYears(b *testing.B) {
	for b.Loop() {
		store, err := folder.Open(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		takeDeletions(b, store, at("2026-03-09T12:00:00Z"))
	}
}
