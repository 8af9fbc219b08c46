package operator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/sandbox"
)

func quick(string, int, time.Duration) time.Duration { return 0 }

var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

// visits is a dataset with rows around the midnights of Berlin, one of them of
// the night in which the clocks change.
func visits() sandbox.Dataset {
	d := sandbox.Dataset{
		ID: "visits", TimeAttribute: "visited_at",
		Attributes: []sandbox.Attribute{
			{QualifiedID: "timestamp.visited_at"},
			{QualifiedID: "standard.visit_id"},
			{QualifiedID: "duration.stay"},
			{QualifiedID: "people.Brand"},
			{QualifiedID: "conversation.Brand"},
			{QualifiedID: "standard.user_email"},
		},
	}
	for i, at := range []string{
		"2026-03-27T23:59:59", "2026-03-28T00:00:00", "2026-03-28T00:00:01", "2026-03-28T12:00:00", "2026-03-28T23:59:59",
		"2026-03-29T00:00:00", "2026-03-29T03:30:00", "2026-03-29T23:59:59", "2026-03-30T00:00:00", "2026-03-30T08:00:00",
	} {
		when, err := time.ParseInLocation("2006-01-02T15:04:05", at, berlin)
		if err != nil {
			panic(err)
		}
		d.Rows = append(d.Rows, sandbox.Row{Time: when, Values: map[string]string{
			"standard.visit_id": fmt.Sprint("v", i), "duration.stay": "12.5", "people.Brand": "A", "conversation.Brand": "B",
			"standard.user_email": "who@example.com",
		}})
	}
	d.Rows[3].Values["duration.stay"] = "a while"
	return d
}

func TestReportingByDay(t *testing.T) {
	for name, o := range map[string]sandbox.Options{
		"both ends included": {},
		"end left out":       {ExclusiveEnd: true},
		"epoch seconds":      {Timestamps: sandbox.EpochSeconds},
		"zip with BOM":       {Body: sandbox.Zip, BOM: true, CRLF: true, HeaderPrefix: true},
	} {
		t.Run(name, func(t *testing.T) {
			o.Datasets, o.Timezone, o.JobTime = []sandbox.Dataset{visits()}, "Europe/Berlin", quick
			w := newWorld(t, o)
			w.day.Store(29) // 30 March
			published, err := Report(t.Context(), w.lake(t), w.client, Reporting{
				Datasets: []string{"visits"}, Since: time.Date(2026, 3, 28, 5, 0, 0, 0, berlin), Zone: berlin,
			})
			if err != nil {
				t.Fatal(err)
			}
			for dt, want := range map[string]string{
				"2026-03-28": "v1 v2 v3 v4", "2026-03-29": "v5 v6 v7", "2026-03-30": "v8 v9", "2026-03-27": "",
			} {
				if got := strings.Join(values(w.read(t, "visits", dt), "visit_id"), " "); got != want {
					t.Errorf("%s holds %q, not %q", dt, got, want)
				}
			}
			if len(published) != 3 || !published[0].Complete || !published[1].Complete || published[2].Complete {
				t.Errorf("%+v", published)
			}
			row := w.read(t, "visits", "2026-03-28")[slices.Index(values(w.read(t, "visits", "2026-03-28"), "visit_id"), "v3")]
			want := `map[conversation_brand:B people_brand:A unparsed_values:{"stay":"a while"} user_email:who@example.com visit_id:v3 visited_at:2026-03-28 11:00:00]`
			if got := fmt.Sprint(row); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			w.sound(t)
			if left := w.litter(t); left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestReportingIsTheTruth(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 3, RowsPerDay: 25, JobTime: quick, Timezone: "Europe/Berlin"})
	_, err := Report(t.Context(), w.lake(t), w.client, Reporting{Datasets: []string{"all"}, Since: w.now().AddDate(0, 0, -6), Zone: berlin})
	if err != nil {
		t.Fatal(err)
	}
	first := time.Date(2026, 3, 25, 0, 0, 0, 0, berlin)
	for table, key := range map[string]string{"conversation": "conversation_id", "consolidated_conversation_part": "action_id", "tickets": "ticket_id"} {
		var want, got []string
		for row := range w.Truth(table) {
			if !row.Time.Before(first) {
				want = append(want, row.Values["standard."+key])
			}
		}
		for day := first; day.Before(w.now()); day = day.AddDate(0, 0, 1) {
			got = append(got, values(w.read(t, table, day.Format(time.DateOnly)), key)...)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s holds %d rows, the truth is %d", table, len(got), len(want))
		}
	}
	w.sound(t)
}

func TestReportingWithoutPersons(t *testing.T) {
	w := newWorld(t, sandbox.Options{Datasets: []sandbox.Dataset{visits()}, Timezone: "Europe/Berlin", JobTime: quick})
	_, err := Report(t.Context(), w.lake(t), w.client, Reporting{
		Datasets: []string{"visits"}, Since: time.Date(2026, 3, 28, 0, 0, 0, 0, berlin), Zone: berlin, NoPII: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range w.read(t, "visits", "2026-03-28") {
		if row["user_email"] != nil || row["people_brand"] != nil || row["visit_id"] == nil {
			t.Errorf("%v", row)
		}
	}
}

func TestReportingThroughTroubles(t *testing.T) {
	for _, fault := range []sandbox.Fault{
		sandbox.JobFailed, sandbox.TruncatedBody, sandbox.BadChecksum, sandbox.ResetMiddle, sandbox.URLExpired404,
	} {
		t.Run(string(fault), func(t *testing.T) {
			pattern := "GET /download/reporting_data/{job_identifier}"
			if fault == sandbox.JobFailed {
				pattern = "GET /export/reporting_data/{job_identifier}"
			}
			w := newWorld(t, sandbox.Options{
				Datasets: []sandbox.Dataset{visits()}, Timezone: "Europe/Berlin", JobTime: quick, Faults: sandbox.OnNth(pattern, 0, fault),
			})
			w.day.Store(29)
			_, err := Report(t.Context(), w.lake(t), w.client, Reporting{
				Datasets: []string{"visits"}, Since: time.Date(2026, 3, 28, 0, 0, 0, 0, berlin), Zone: berlin,
			})
			if err != nil {
				t.Fatal(err)
			}
			if w.Stats().Faults == 0 {
				t.Error("there was no fault")
			}
			rows := 0
			for _, dt := range []string{"2026-03-28", "2026-03-29", "2026-03-30"} {
				rows += len(w.read(t, "visits", dt))
			}
			if rows != 9 {
				t.Errorf("%d rows", rows)
			}
			if left := w.litter(t); left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestReportingWaitsForASlot(t *testing.T) {
	root := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		until := time.Now().Add(5 * time.Minute)
		d := visits()
		d.Rows = []sandbox.Row{{Time: time.Now().Add(-time.Hour), Values: map[string]string{"standard.visit_id": "v"}}}
		box := sandbox.New(sandbox.Options{Datasets: []sandbox.Dataset{d}, Timezone: "UTC", ForeignJobs: func(now time.Time) int {
			if now.Before(until) {
				return 5
			}
			return 0
		}})
		transport, closeBox := box.InMemory()
		defer closeBox()
		client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: "http://localhost", Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		store, err := folder.Open(root)
		if err != nil {
			t.Fatal(err)
		}
		since := time.Now().Add(-time.Hour)
		published, err := Report(t.Context(), lake.New(store, lake.Options{}), client, Reporting{Datasets: []string{"visits"}, Since: since, Zone: time.UTC})
		if err != nil || len(published) != 2 || published[0].Rows != 1 || time.Now().Before(until) {
			t.Errorf("%+v, %v", published, err)
		}
	})
}

func TestReportingThatCannotBeHadPublishesNothing(t *testing.T) {
	w := newWorld(t, sandbox.Options{
		Datasets: []sandbox.Dataset{visits()}, Timezone: "Europe/Berlin", JobTime: quick,
		Faults: func(r sandbox.Request) sandbox.Fault {
			if r.Pattern == "GET /download/reporting_data/{job_identifier}" && r.Nth > 0 {
				return sandbox.URLExpired404
			}
			return ""
		},
	})
	_, err := Report(t.Context(), w.lake(t), w.client, Reporting{
		Datasets: []string{"visits"}, Since: time.Date(2026, 3, 28, 0, 0, 0, 0, berlin), Zone: berlin,
	})
	if err == nil || !strings.Contains(err.Error(), "exporting visits of 2026-03-") {
		t.Errorf("got %v", err)
	}
	if all, err := w.lake(t).Publications(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("published: %v, %v", all, err)
	}
	if left := w.litter(t); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestReportingNamesWhatItCannotExport(t *testing.T) {
	w := newWorld(t, sandbox.Options{EmptyCopilot: true})
	for id, want := range map[string]string{
		"copilot_prompt_response_pair": "copilot_prompt_response_pair cannot be exported",
		"conversations":                `no dataset "conversations"; there are conversation, `,
	} {
		_, err := Report(t.Context(), w.lake(t), w.client, Reporting{Datasets: []string{id}, Since: w.now(), Zone: berlin})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestForgetReachesReporting(t *testing.T) {
	const person = "5ba682d23d7cf92bef87bfd4"
	d := sandbox.Dataset{ID: "visits", TimeAttribute: "visited_at", Attributes: []sandbox.Attribute{
		{QualifiedID: "timestamp.visited_at"}, {QualifiedID: "standard.visit_id"}, {QualifiedID: "standard.user_id"}, {QualifiedID: "standard.user_participant_ids"},
	}}
	for i, users := range [][2]string{{person, ""}, {"other", "a, " + person}, {"other", "x" + person}} {
		d.Rows = append(d.Rows, sandbox.Row{Time: noon(28), Values: map[string]string{
			"standard.visit_id": fmt.Sprint("v", i), "standard.user_id": users[0], "standard.user_participant_ids": users[1],
		}})
	}
	w := newWorld(t, sandbox.Options{Datasets: []sandbox.Dataset{d}, JobTime: quick, Timezone: "UTC"})
	if _, err := Report(t.Context(), w.lake(t), w.client, Reporting{Datasets: []string{"visits"}, Since: noon(28), Zone: time.UTC}); err != nil {
		t.Fatal(err)
	}
	found, err := w.lake(t).Forget(t.Context(), person)
	if err != nil || len(found) != 1 || found[0] != (lake.Forgotten{Table: "visits", Dt: "2026-03-29", Rows: 2, Removed: true}) {
		t.Errorf("%v, %v", found, err)
	}
	if got := values(w.read(t, "visits", "2026-03-29"), "visit_id"); !slices.Equal(got, []string{"v2"}) {
		t.Errorf("left are %v", got)
	}
}

func TestFields(t *testing.T) {
	d := intercom.Dataset{TimeAttributeID: "visited_at", Attributes: []intercom.Attribute{
		{ID: "visited_at", QualifiedID: "timestamp.visited_at"},
		{ID: "Brand", QualifiedID: "people.Brand"},
		{ID: "Brand", QualifiedID: "conversation.Brand"},
		{ID: "# of seats", QualifiedID: "people.# of seats"},
		{ID: "stay", QualifiedID: "duration.stay"},
		{ID: "state", QualifiedID: "standard.state"},
		{ID: "state", QualifiedID: "call.state"},
		{ID: "integration", QualifiedID: "conversation.integration"},
		{ID: "Integration", QualifiedID: "conversation.Integration"},
		{ID: "dt", QualifiedID: "standard.dt"},
		{ID: "lastRatingValue", QualifiedID: "standard.lastRatingValue"},
	}}
	var got []string
	for _, f := range fields(d) {
		got = append(got, f.column.Name+" "+string(f.column.Kind))
	}
	want := []string{
		"visited_at timestamp", "people_brand string", "conversation_brand string", "people_of_seats string", "stay double",
		"standard_state string", "call_state string", "conversation_integration string", "conversation_integration_mzhvl string",
		"standard_dt string", "last_rating_value long",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestParseValue(t *testing.T) {
	for _, c := range []struct {
		kind membership.Kind
		text string
		want any
		ok   bool
	}{
		{membership.String, "", nil, true},
		{membership.String, "-", "-", true},
		{membership.Double, "-", nil, true},
		{membership.Double, "1.5", 1.5, true},
		{membership.Double, "1,5", 1.5, true},
		{membership.Double, "1,500,000", nil, false},
		{membership.Double, "NaN", nil, false},
		{membership.Double, "Inf", nil, false},
		{membership.Timestamp, "—", nil, true},
		{membership.Timestamp, "2026-07-01 12:00:00", time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC), true},
		{membership.Timestamp, "1782900000", time.Unix(1782900000, 0), true},
		{membership.Timestamp, "2026-07-01T12:00:00Z", time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), true},
		{membership.Timestamp, "yesterday", nil, false},
	} {
		got, ok := parseValue(c.kind, c.text, berlin)
		same := got == c.want
		if a, isTime := got.(time.Time); isTime && c.want != nil {
			same = a.Equal(c.want.(time.Time))
		}
		if !same || ok != c.ok {
			t.Errorf("%s %q is %v, %v", c.kind, c.text, got, ok)
		}
	}
}
