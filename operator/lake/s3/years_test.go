package s3_test

import (
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/compact"
	"intercom-connector/operator/lake/erase"
	"intercom-connector/operator/lake/s3"
	"intercom-connector/operator/lake/storetest"
)

// TestYearsInAFarBucket looks after three years of a table, of which every third day is
// there, in an S3 of which each
// request takes 20 ms: what a day takes is bounded in requests, and most of them are
// under way at the same time. The time is the bubble's.
func TestYearsInAFarBucket(t *testing.T) {
	network := storetest.NewNetwork(t)
	synctest.Test(t, func(t *testing.T) {
		const days = 365
		first := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		time.Sleep(time.Until(first.AddDate(0, 0, 3*days)))
		near := &storetest.Memory{}
		l := lake.New(near, lake.Options{})
		run, err := l.Begin(t.Context(), []string{"contact"}, first.Format(time.DateOnly), time.Now().UTC().Format(time.DateOnly))
		if err != nil {
			t.Fatal(err)
		}
		var published []lake.Publication
		for day := range days {
			w := run.Table("contact", first.AddDate(0, 0, 3*day).Format(time.DateOnly), []tables.Column{{Name: "id", Kind: tables.String}}, false)
			ids := []any{"5ba682d23d7cf92bef87bfd4"}
			if day%33 == 0 {
				ids = append(ids, "5ba682d23d7cf92bef87bfd5")
			}
			for _, id := range ids {
				if err := w.Row(t.Context(), []any{id}); err != nil {
					t.Fatal(err)
				}
			}
			p, err := w.Finish()
			if err != nil {
				t.Fatal(err)
			}
			published = append(published, p)
		}
		if err := run.Commit(t.Context(), published); err != nil {
			t.Fatal(err)
		}
		if _, err := compact.Months(t.Context(), l, 31); err != nil {
			t.Fatal(err)
		}
		network.Hold(t, "lake/", near)
		network.Latency = 20 * time.Millisecond
		b := open(t, here("lake"), s3.Options{Transport: network})
		l = lake.New(b, lake.Options{})
		took := map[string]time.Duration{}
		for _, work := range []struct {
			name     string
			requests int64
			within   time.Duration
			do       func() error
		}{
			// The lists of indexes and publications, an index a month, and the days that none tells of.
			{"open", 70, 500 * time.Millisecond, func() error {
				all, err := l.Publications(t.Context())
				if len(all) != days {
					t.Errorf("%d days", len(all))
				}
				return err
			}},
			// Each publication and each part once, each index twice.
			{"verify", 2*days + 90, 5 * time.Second, func() error {
				v, err := audit.Verify(t.Context(), l)
				if v.Days != days || len(v.Problems) > 0 {
					t.Errorf("%+v", v)
				}
				return err
			}},
			// Each part before, and after; each publication once; what it writes anew; and of the
			// months that change what their indexes alone know.
			{"forget", 3*days + 630, 6 * time.Second, func() error {
				found, err := erase.Contact(t.Context(), l, "5ba682d23d7cf92bef87bfd5")
				if len(found) != 12 {
					t.Errorf("found in %d days", len(found))
				}
				return err
			}},
		} {
			requests, began := network.Requests(), time.Now()
			if err := work.do(); err != nil {
				t.Fatal(err)
			}
			requests, took[work.name] = network.Requests()-requests, time.Since(began)
			t.Logf("%s: %d requests, %s", work.name, requests, took[work.name])
			if requests > work.requests || took[work.name] > work.within {
				t.Errorf("%s took %d requests and %s, more than %d and %s", work.name, requests, took[work.name], work.requests, work.within)
			}
		}
		if took["forget"] > 3*took["verify"] {
			t.Errorf("forget took %s, verify %s", took["forget"], took["verify"])
		}
	})
}
