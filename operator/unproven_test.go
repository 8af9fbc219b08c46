package operator

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
	"intercom-connector/sandbox"
)

// dayOf is a day whose runs meet answers that are in the way of a proof, by path.
type dayOf struct {
	*exporting
	inTheWay map[string]string // bodies of a 400
	asked    map[string]int
}

// take is a run of the day: what it published, by table, and whether it did anything.
func (d *dayOf) take(s Snapshot) (map[string]lake.Publication, bool) {
	d.t.Helper()
	d.asked = map[string]int{}
	w := d.connect()
	defer w.Close()
	out, err := Take(d.t.Context(), d.lake(), membership.Config{Client: w.Client}, membership.Begin(time.Now(), time.UTC), s)
	if err != nil {
		d.t.Fatal(err)
	}
	now := map[string]lake.Publication{}
	for _, table := range tables.All() {
		p, found, err := d.lake().Published(d.t.Context(), table.Name, time.Now().UTC().Format(time.DateOnly))
		if err != nil || !found {
			d.t.Fatal(table.Name, found, err)
		}
		now[table.Name] = p
	}
	return now, !out.Idle
}

func inDay(t *testing.T, test func(*dayOf)) {
	exportInBubble(t, monday, sandbox.Options{Seed: 5, Contacts: 60, Companies: 12, Segments: 2, Epoch: monday.AddDate(0, 0, -30)}, func(e *exporting) {
		d := &dayOf{exporting: e, inTheWay: map[string]string{}}
		var one sync.Mutex // lists are read side by side
		e.intercept = func(r *http.Request) *http.Response {
			one.Lock()
			defer one.Unlock()
			d.asked[r.URL.Path]++
			if body, is := d.inTheWay[r.URL.Path]; is {
				return answer(http.StatusBadRequest, body)
			}
			return nil
		}
		test(d)
	})
}

func incomplete(all map[string]lake.Publication) (names []string) {
	for name, p := range all {
		if !p.Complete {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

const scrollTaken = `{"errors":[{"code":"scroll_exists"}]}`

var ofCompanies = []string{tables.Company, tables.CompanySegment, tables.CompanyTag, tables.Snapshot, tables.Segment}

// TestTheDaysSecondRunProvesMore: what another program's scroll was in the way of is read
// again by the day's next run, and nothing else is.
func TestTheDaysSecondRunProvesMore(t *testing.T) {
	inDay(t, func(d *dayOf) {
		d.inTheWay["/companies/scroll"] = scrollTaken
		first, _ := d.take(Snapshot{})
		want := slices.Sorted(slices.Values(ofCompanies))
		if got := incomplete(first); !slices.Equal(got, want) {
			t.Fatalf("not complete are %v, not %v", got, want)
		}
		if again, did := d.take(Snapshot{}); did || !maps.EqualFunc(first, again, samePublication) {
			t.Error("a run that was not asked to did something")
		}
		if again, _ := d.take(Snapshot{Unproven: true}); !slices.Equal(incomplete(again), want) {
			t.Errorf("the scroll is still taken, and not complete are %v", incomplete(again))
		}
		delete(d.inTheWay, "/companies/scroll")
		second, did := d.take(Snapshot{Unproven: true})
		if !did || incomplete(second) != nil {
			t.Errorf("not complete are %v", incomplete(second))
		}
		if d.asked["/contacts"]+d.asked["/contacts/search"]+d.asked["/tags"] != 0 {
			t.Errorf("asked for %v", d.asked)
		}
		for name, p := range second {
			if kept := samePublication(p, first[name]); kept == slices.Contains(ofCompanies, name) {
				t.Errorf("%s: replaced is %v", name, !kept)
			}
		}
		if row := d.rows(tables.Snapshot)[second[tables.Snapshot].Dt][0]; row["complete"] != true || row["contact_rows"] != float64(second[tables.Contact].Rows) || row["company_rows"] != float64(second[tables.Company].Rows) {
			t.Errorf("the snapshot's own row is %v", row)
		}
		if third, did := d.take(Snapshot{Unproven: true}); did || !maps.EqualFunc(second, third, samePublication) {
			t.Error("a complete day was read again")
		}
	})
}

func samePublication(a, b lake.Publication) bool { return a.Run == b.Run && a.Complete == b.Complete }

// TestARunThatProvesLessReplacesNothing, though it is asked for the whole day again.
func TestARunThatProvesLessReplacesNothing(t *testing.T) {
	inDay(t, func(d *dayOf) {
		first, _ := d.take(Snapshot{})
		d.inTheWay["/companies/scroll"] = scrollTaken
		second, _ := d.take(Snapshot{Again: true})
		if incomplete(second) != nil {
			t.Errorf("not complete are %v", incomplete(second))
		}
		for _, name := range ofCompanies[:3] {
			if !samePublication(first[name], second[name]) {
				t.Errorf("%s was replaced", name)
			}
		}
		if samePublication(first[tables.Contact], second[tables.Contact]) {
			t.Error("the contacts were not replaced")
		}
		if row := d.rows(tables.Snapshot)[second[tables.Snapshot].Dt][0]; row["complete"] != true || row["unproven"] != nil {
			t.Errorf("the snapshot's own row is %v", row)
		}
		without, _ := d.take(Snapshot{Again: true, NoPII: true})
		if got := incomplete(without); !slices.Contains(got, tables.Company) {
			t.Errorf("personal data stayed: not complete are %v", got)
		}
	})
}

func TestProvesLess(t *testing.T) {
	whole, none := lake.Publication{Complete: true}, lake.Publication{}
	but := func(segments ...string) lake.Publication { return lake.Publication{Unproven: segments} }
	for _, tt := range []struct {
		now, was lake.Publication
		less     bool
	}{
		{whole, whole, false},
		{whole, but("a"), false},
		{whole, none, false},
		{none, whole, true},
		{but("a"), whole, true},
		{none, none, false},
		{but("a"), none, false},
		{none, but("a"), true},
		{but("a"), but("a"), false},
		{but("a"), but("a", "b"), false},
		{but("a", "b"), but("a"), true},
		{but("b"), but("a"), true},
	} {
		now, was := []lake.Publication{whole, tt.now}, []lake.Publication{whole, tt.was}
		if provesLess(now, was) != tt.less {
			t.Errorf("%+v after %+v: it is not %v", tt.now, tt.was, tt.less)
		}
		was[0].Columns = []part.Column{{Name: "email"}}
		if provesLess(now, was) || provesLess(now, nil) {
			t.Errorf("%+v after %+v of other columns: it is less", tt.now, tt.was)
		}
	}
}

// TestADayThatIsPublishedIsNoFailure, though another attempt to prove it is given up.
func TestADayThatIsPublishedIsNoFailure(t *testing.T) {
	inDay(t, func(d *dayOf) {
		d.inTheWay["/companies/scroll"] = scrollTaken
		first, _ := d.take(Snapshot{})
		begin := membership.Begin(time.Now(), time.UTC)
		var names []string
		for _, table := range tables.All() {
			names = append(names, table.Name)
		}
		run, err := d.lake().Resume(d.t.Context(), lake.Wanted{Day: begin.Date, Tables: names, Begin: begin, Unproven: true})
		if err != nil {
			d.t.Fatal(err)
		}
		if err := run.GiveUp(d.t.Context(), "no time"); !errors.As(err, new(*lake.GivenUpError)) {
			t.Error(err)
		}
		if again, did := d.take(Snapshot{Unproven: true}); did || !maps.EqualFunc(first, again, samePublication) {
			t.Error("what was given up was done")
		}
		delete(d.inTheWay, "/companies/scroll")
		if again, _ := d.take(Snapshot{Again: true}); incomplete(again) != nil {
			t.Errorf("asked for once more, not complete are %v", incomplete(again))
		}
	})
}

// TestPersonalDataOfAWholeDayGoes with the day's next run that is told to leave it out.
func TestPersonalDataOfAWholeDayGoes(t *testing.T) {
	inDay(t, func(d *dayOf) {
		first, _ := d.take(Snapshot{})
		second, did := d.take(Snapshot{Unproven: true, NoPII: true})
		if !did || incomplete(second) != nil || !samePublication(first[tables.Tag], second[tables.Tag]) {
			t.Errorf("did something: %v; not complete are %v", did, incomplete(second))
		}
		if slices.ContainsFunc(second[tables.Contact].Columns, func(c part.Column) bool { return c.Name == "email" }) {
			t.Error("e-mail addresses stay")
		}
		if _, did := d.take(Snapshot{Unproven: true, NoPII: true}); did {
			t.Error("a complete day was read again")
		}
	})
}

// TestWhatStandsIsAsUnprovenAsItWas: of a stage whose tables stand, one that verify has
// put together from its parts, none proves the day.
func TestWhatStandsIsAsUnprovenAsItWas(t *testing.T) {
	whole, repaired := lake.Publication{Table: tables.Contact, Complete: true}, lake.Publication{Table: tables.ContactTag}
	of := lake.Publication{Table: tables.ContactSegment, Unproven: []string{"a", "b"}}
	for want, all := range [][]lake.Publication{{whole}, {whole, repaired}, {of}} {
		s := membership.State{Done: map[membership.Stage]membership.Result{membership.Contacts: published(all)}}
		if got := len(s.Done[membership.Contacts].Unproven); got != want || s.Complete() != (want == 0) {
			t.Errorf("%+v: %d are unproven, not %d", all, got, want)
		}
	}
}

// TestTheDaysSecondRunSearchesNoNewSegment: the members that are published stand, so a
// segment that was made since they were searched is left to the next day.
func TestTheDaysSecondRunSearchesNoNewSegment(t *testing.T) {
	inDay(t, func(d *dayOf) {
		d.inTheWay["/companies/scroll"] = scrollTaken
		first, _ := d.take(Snapshot{})
		delete(d.inTheWay, "/companies/scroll")
		d.intercept = func(r *http.Request) *http.Response {
			if r.URL.Path == "/segments" && r.URL.Query().Get("type") != "" {
				return answer(http.StatusOK, `{"segments":[{"id":"made-since","person_type":"user","count":7}]}`)
			}
			return nil
		}
		second, did := d.take(Snapshot{Unproven: true})
		if !did || incomplete(second) != nil || second[tables.Segment].Rows != first[tables.Segment].Rows {
			t.Errorf("incomplete are %v, and there are %d segments, not %d", incomplete(second), second[tables.Segment].Rows, first[tables.Segment].Rows)
		}
	})
}
