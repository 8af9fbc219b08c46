package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/sandbox"
)

// TestADaysSnapshotGoesFirst: a day that begins in the middle of a load of exports, by
// Intercom's clock, has its snapshot before the load goes on; a load on one day is not
// interrupted.
func TestADaysSnapshotGoesFirst(t *testing.T) {
	snapshot4, snapshot5 := "snapshot of 2026-05-04", "snapshot of 2026-05-05"
	for name, c := range map[string]struct {
		begin  string        // of the run, by Intercom's clock
		behind time.Duration // of the machine's clock
		want   []string
	}{
		"within a day":             {"12:00", 0, []string{snapshot4, "reporting"}},
		"into the next":            {"23:50", 0, []string{snapshot4, snapshot5, "reporting"}},
		"a machine that is behind": {"23:50", 2 * time.Hour, []string{snapshot4, snapshot5, "reporting"}},
		"a machine that is ahead":  {"12:00", -13 * time.Hour, []string{snapshot4, "reporting"}},
	} {
		t.Run(name, func(t *testing.T) {
			began, err := time.Parse("2006-01-02 15:04", "2026-05-04 "+c.begin)
			if err != nil {
				t.Fatal(err)
			}
			var passed atomic.Int64
			now := func() time.Time { return began.Add(time.Duration(passed.Load())) }
			box := sandbox.New(sandbox.Options{
				Token: "sandbox-token", Now: now, Epoch: began.AddDate(0, 0, -10), Timezone: "UTC", RowsPerDay: 2, Contacts: 2, Companies: 1, RateLimit: 1 << 30,
				JobTime: func(string, int, time.Duration) time.Duration { return 0 },
			})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/enqueue") {
					passed.Store(int64(20 * time.Minute))
				}
				box.ServeHTTP(w, r)
			}))
			defer server.Close()
			env := map[string]string{"INTERCOM_ACCESS_TOKEN": "sandbox-token", "INTERCOM_BASE_URL": server.URL}
			var out, problems bytes.Buffer
			to := lakeIn(t)
			console := newConsole(&out, &problems, func(name string) string { return env[name] }, func() time.Time { return now().Add(-c.behind) })
			if err := run(t.Context(), []string{"snapshot", "--output", to, "--reporting", "conversation,call", "--since", "2026-05-01"}, console); err != nil {
				t.Fatal(err, problems.String())
			}
			did := regexp.MustCompile(`(?m)^(snapshot of [0-9-]+|reporting)`).FindAllString(problems.String(), -1)
			if !slices.Equal(did, c.want) {
				t.Errorf("it did %q, not %q:\n%s", did, c.want, problems.String())
			}
			for _, table := range []string{"conversation", "call"} {
				days, err := filepath.Glob(filepath.Join(to, "_published", table, "dt=2026-05-0[1-4].json"))
				if err != nil || len(days) != 4 {
					t.Errorf("%s: %v, %v", table, days, err)
				}
			}
		})
	}
}

// Each day is played once, also where an hour before or after midnight clocks
// changed since.
func TestSameHour(t *testing.T) {
	for _, zone := range []string{"UTC", "America/New_York", "Europe/Dublin", "Australia/Lord_Howe"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for hour := range 24 {
			last := time.Date(2026, 11, 26, hour, 30, 0, 0, time.UTC).In(location)
			today, _ := time.Parse(time.DateOnly, last.Format(time.DateOnly)) // in UTC, where each day has 24 hours
			for day, moment := range sameHour(last, 90) {
				want := today.Add(time.Duration(day-89) * 24 * time.Hour).Format(time.DateOnly)
				if got := moment.In(location).Format(time.DateOnly); got != want || day == 89 && !moment.Equal(last) {
					t.Errorf("%s, day %d: %s, want %s", zone, day, got, want)
				}
			}
		}
	}
}
