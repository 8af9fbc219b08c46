package operator

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/part"
	"intercom-connector/operator/reporting"
	"intercom-connector/sandbox"
)

var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

// The lakes in testdata/82197ad are as the program wrote them at that commit, for
// the sandbox's workspace on 2026-05-04: one with a snapshot of that day and the
// exports of four days, and one whose snapshot was left in the middle.
var thatDay = time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC)

// upgraded is one of those lakes, opened by this program.
func upgraded(t *testing.T, name string) *lake.Lake {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS("testdata/82197ad/"+name)); err != nil {
		t.Fatal(err)
	}
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	return lake.New(store, lake.Options{Now: func() time.Time { return thatDay }, Workspace: "sandbox", Version: "test"})
}

func soundAfter(t *testing.T, l *lake.Lake) audit.Verification {
	t.Helper()
	v, err := audit.Verify(t.Context(), l)
	if err != nil || len(v.Problems) > 0 || v.Unpublished > 0 {
		t.Errorf("%+v, %v", v, err)
	}
	return v
}

// TestASnapshotThatAnEarlierVersionHasLeft is gone on with: what it has read is
// published with the rest.
func TestASnapshotThatAnEarlierVersionHasLeft(t *testing.T) {
	box := sandbox.New(sandbox.Options{
		Epoch: thatDay.AddDate(0, 0, -20), Now: func() time.Time { return thatDay },
		Contacts: 160, Companies: 4, RowsPerDay: 3, Timezone: "Europe/Berlin", RateLimit: 1 << 30,
	})
	url, closeBox, err := box.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closeBox()
	client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	l := upgraded(t, "unfinished")
	out, err := Take(t.Context(), l, membership.Config{Client: client}, membership.Begin(thatDay, berlin), Snapshot{NoPII: true, Zone: berlin})
	if err != nil || out.Runs != 2 || len(out.Publications) != 9 {
		t.Fatalf("%+v, %v", out, err)
	}
	for _, p := range out.Publications {
		earlier := slices.ContainsFunc(p.Parts, func(part part.File) bool { return part.Rows > 0 }) && p.Run == "20260504T093000Z-ff3f80"
		if earlier == (p.Table == tables.Snapshot) {
			t.Errorf("%s is of the run %s", p.Table, p.Run)
		}
	}
	soundAfter(t, l)
}

// TestDaysThatAnEarlierVersionHasPublished count as read, and the lake as the
// workspace's.
func TestDaysThatAnEarlierVersionHasPublished(t *testing.T) {
	l := upgraded(t, "published")
	sink, err := reporting.Open(t.Context(), l, reporting.Options{Workspace: "sandbox", Zone: berlin})
	if err != nil {
		t.Fatal(err)
	}
	from, to := time.Date(2026, 5, 1, 0, 0, 0, 0, berlin), time.Date(2026, 5, 4, 0, 0, 0, 0, berlin)
	for _, c := range []struct {
		dataset  string
		from, to time.Time // 2026-05-04 was not over
	}{{"conversation", from, to}, {"call", from, to}, {"tickets", time.Time{}, time.Time{}}} {
		landed, err := sink.Prepare(t.Context(), c.dataset, c.dataset)
		if err != nil {
			t.Fatal(err)
		}
		if !landed.From.Equal(c.from) || !landed.To.Equal(c.to) || !landed.Oldest.Equal(c.from) {
			t.Errorf("%s: from %v to %v, the oldest %v", c.dataset, landed.From, landed.To, landed.Oldest)
		}
	}
	if err := sink.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	soundAfter(t, l)
}

// TestALakeOfAnEarlierVersionGoesOn: its columns keep their names, and its whole
// days are read again only by the look-back.
func TestALakeOfAnEarlierVersionGoesOn(t *testing.T) {
	options := sandbox.Options{
		Epoch: thatDay.AddDate(0, 0, -20), Contacts: 160, Companies: 4, RowsPerDay: 3, Timezone: "Europe/Berlin",
	}
	exportInBubble(t, thatDay.Add(day), options, func(e *exporting) {
		if err := os.CopyFS(e.inFolder(), os.DirFS("testdata/82197ad/published")); err != nil {
			t.Fatal(err)
		}
		names := func(dt string) (names []string) {
			p, _, err := e.lake().Published(context.Background(), "conversation", dt)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range p.Columns {
				names = append(names, c.Name)
			}
			return names
		}
		before := names("2026-05-03")
		e.set("dataset_id", "conversation", "lookback_days", "0").mustRun()
		e.days = slices.DeleteFunc(e.days, func(day string) bool { return !strings.HasPrefix(day, "conversation ") })
		if want := []string{"conversation 2026-05-04", "conversation 2026-05-05"}; !slices.Equal(e.days, want) {
			t.Errorf("published %v, want %v", e.days, want)
		}
		now := names("2026-05-04")
		for _, name := range before {
			if !slices.Contains(now, name) {
				t.Errorf("the column %s is gone, of %d; there are %d", name, len(before), len(now))
			}
		}
		if v, err := audit.Verify(context.Background(), e.lake()); err != nil || len(v.Problems) > 0 || v.Unpublished > 0 {
			t.Errorf("%+v, %v", v, err)
		}
	})
}

// TestIncompleteDaysOfAnEarlierVersionAreFilled: what it has left incomplete before
// its whole days is read again, once.
func TestIncompleteDaysOfAnEarlierVersionAreFilled(t *testing.T) {
	options := sandbox.Options{
		Epoch: thatDay.AddDate(0, 0, -20), Contacts: 160, Companies: 4, RowsPerDay: 3, Timezone: "Europe/Berlin",
	}
	exportInBubble(t, thatDay.Add(day), options, func(e *exporting) {
		root := e.inFolder()
		if err := os.CopyFS(root, os.DirFS("testdata/82197ad/published")); err != nil {
			t.Fatal(err)
		}
		oldest := filepath.Join(root, "_published", "conversation", "dt=2026-05-01.json")
		text, err := os.ReadFile(oldest)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.Replace(text, []byte(`"complete":true`), []byte(`"complete":false`), 1)
		if err := os.WriteFile(oldest, text, 0o600); err != nil {
			t.Fatal(err)
		}
		e.set("dataset_id", "conversation", "lookback_days", "0").mustRun()
		if !e.complete("conversation", "2026-05-01") {
			t.Errorf("2026-05-01 is not complete; published %v", e.days)
		}
		if slices.Contains(e.days, "conversation 2026-05-02") {
			t.Errorf("2026-05-02 was whole; published %v", e.days)
		}
		e.mustRun()
		if slices.Contains(e.days, "conversation 2026-05-01") {
			t.Errorf("it is read a second time; published %v", e.days)
		}
	})
}
