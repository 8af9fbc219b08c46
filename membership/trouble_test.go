package membership_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

// inBubble runs a test against a sandbox reached without sockets, so that
// waits take no time.
func inBubble(t *testing.T, o sandbox.Options, test func(t *testing.T, box *sandbox.Sandbox, client *intercom.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		box := sandbox.New(o)
		transport, closeBox := box.InMemory()
		client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: "http://localhost", Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		defer closeBox()
		test(t, box, client)
	})
}

// exact walks and wants exactly what is there, proven.
func exact(t *testing.T, box *sandbox.Sandbox, cfg membership.Config) {
	t.Helper()
	l, s := walkAll(t, cfg)
	compare(t, l, box)
	if !s.Complete() {
		t.Errorf("not proven complete: %+v", s.Done)
	}
}

// The ways in which connectors are known to lose companies and contacts, or to
// meet them twice.

func TestRepeatedScrollTokenIsNotTheEnd(t *testing.T) {
	// Whoever stops when the token repeats keeps two pages: 200 companies.
	box, client := workspace(t, sandbox.Options{Seed: 1, Contacts: 40, Companies: 750})
	exact(t, box, membership.Config{Client: client})
	if calls := box.Stats().Calls["GET /companies/scroll"]; calls < 8 {
		t.Errorf("%d calls cannot have read 750 companies", calls)
	}
}

func TestLostScrollIsNotTheEnd(t *testing.T) {
	for _, fault := range []faults.Fault{faults.ScrollExpired, faults.ScrollBroken, faults.BadGateway502, faults.ResetMiddle, faults.Empty200} {
		t.Run(string(fault), func(t *testing.T) {
			o := sandbox.Options{Seed: 1, Contacts: 40, Companies: 750, Faults: faults.OnNth("GET /companies/scroll", 4, fault)}
			inBubble(t, o, func(t *testing.T, box *sandbox.Sandbox, client *intercom.Client) {
				j := &journal{}
				exact(t, box, membership.Config{Client: client, Log: j.log()})
				if !strings.Contains(j.String(), "broke off and begins again") {
					t.Errorf("the log does not tell:\n%s", j)
				}
			})
		})
	}
}

func TestScrollsSecondCallLostItsFirstPageToo(t *testing.T) {
	o := sandbox.Options{Seed: 1, Contacts: 40, Companies: 350, Faults: faults.OnNth("GET /companies/scroll", 0, faults.ResetMiddle)}
	inBubble(t, o, func(t *testing.T, box *sandbox.Sandbox, client *intercom.Client) {
		exact(t, box, membership.Config{Client: client})
	})
}

func TestSomebodyElsesScrollIsWaitedFor(t *testing.T) {
	var from time.Time
	o := sandbox.Options{Seed: 1, Contacts: 40, ForeignScroll: func(now time.Time) bool {
		if from.IsZero() {
			from = now
		}
		return now.Sub(from) < 5*time.Minute
	}}
	inBubble(t, o, func(t *testing.T, box *sandbox.Sandbox, client *intercom.Client) {
		j, start := &journal{}, time.Now()
		exact(t, box, membership.Config{Client: client, Log: j.log()})
		if took := time.Since(start); took < 5*time.Minute || took > 7*time.Minute {
			t.Errorf("it took %v", took)
		}
		if !strings.Contains(j.String(), "another integration's is open") {
			t.Errorf("the log does not tell why it waits:\n%s", j)
		}
	})
}

// Companies whose scroll others hold for an hour are read from the list of them.
// That leaves some out, and proves nothing.
func TestCompaniesAreListedWhereTheScrollIsTaken(t *testing.T) {
	for _, dialect := range []string{"scroll-taken", "scroll-taken-bare"} {
		t.Run(dialect, func(t *testing.T) {
			o := sandbox.Options{Seed: 1, Contacts: 40, Companies: 300, Dialect: []string{dialect}}
			inBubble(t, o, func(t *testing.T, box *sandbox.Sandbox, client *intercom.Client) {
				start, warned := time.Now(), ""
				l, s := walkAll(t, membership.Config{Client: client, Warn: func(warning string) { warned += warning }})
				compare(t, l, box)
				if told := fmt.Sprint(s.Done[membership.Companies]); s.Complete() || !strings.Contains(told, "the list of them leaves some out") {
					t.Errorf("complete: %v; %s", s.Complete(), told)
				}
				if !strings.Contains(warned, "could not be scrolled: they were read from Intercom's list, which leaves out companies without users") {
					t.Errorf("warned %q", warned)
				}
				if took := time.Since(start); took > 62*time.Minute {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestScrollThatAlwaysBreaksIsNamed(t *testing.T) {
	o := sandbox.Options{Companies: 300, Faults: func(r sandbox.Request) faults.Fault {
		if r.Pattern == "GET /companies/scroll" && r.Nth%2 == 1 {
			return faults.ScrollBroken
		}
		return ""
	}}
	inBubble(t, o, func(t *testing.T, _ *sandbox.Sandbox, client *intercom.Client) {
		w := membership.New(membership.Config{Client: client}, begin())
		err := w.Run(t.Context(), membership.Companies, func(tables.Row) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "broke off 11 times") {
			t.Errorf("got %v", err)
		}
	})
}

func TestSlowReceiverDoesNotLoseTheScroll(t *testing.T) {
	o := sandbox.Options{Seed: 1, Contacts: 40, Companies: 750}
	inBubble(t, o, func(t *testing.T, box *sandbox.Sandbox, client *intercom.Client) {
		w := membership.New(membership.Config{Client: client}, begin())
		err := w.Run(t.Context(), membership.Companies, func(r tables.Row) error {
			if r.Table == tables.Company {
				time.Sleep(10 * time.Second) // of the bubble: two minutes idle for ten companies
			}
			return nil
		})
		if scrolls := box.Stats().Scrolls; err != nil || scrolls != 1 {
			t.Errorf("%d scrolls, %v", scrolls, err)
		}
	})
}

func TestMoreCompaniesThanTheListGives(t *testing.T) {
	// POST /companies/list ends at 10,000.
	box, client := workspace(t, sandbox.Options{Seed: 2, Companies: 10_400, Contacts: 10})
	exact(t, box, membership.Config{Client: client})
}

func TestCachedAnswersDoNotWalkForEver(t *testing.T) {
	// A cache that answers each page with the first one.
	const company = `{"type":"list","data":[{"id":"a","company_id":"1"}],"scroll_param":"s","pages":null}`
	const contact = `{"type":"list","data":[{"id":"a"}],"total_count":300,"pages":{"next":{"starting_after":"%d"}}}`
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := calls.Add(1)
		if r.URL.Path == "/contacts" {
			fmt.Fprintf(w, contact, n)
			return
		}
		fmt.Fprint(w, company)
	}))
	defer server.Close()
	client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	for _, stage := range []membership.Stage{membership.Companies, membership.Contacts} {
		calls.Store(0)
		w := membership.New(membership.Config{Client: client}, begin())
		err := w.Run(t.Context(), stage, func(tables.Row) error { return nil })
		if stage == membership.Contacts && (err == nil || !strings.Contains(err.Error(), `the list "contacts" does not end`)) {
			t.Errorf("%s: got %v", stage, err)
		}
		// The scroll ends, by the same page again, and nothing proves it.
		if stage == membership.Companies && (err != nil || w.State().Complete()) {
			t.Errorf("%s: got %v, complete", stage, err)
		}
		if n := calls.Load(); n > 110 {
			t.Errorf("%s: %d calls before it was noticed", stage, n)
		}
	}
}

func TestPageThatNamesItselfIsNotFollowed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"data":[{"id":"%s"}],"total_count":300,"pages":{"next":{"starting_after":"x"}}}`, r.URL.Query().Get("starting_after")+"y")
	}))
	defer server.Close()
	client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	w := membership.New(membership.Config{Client: client}, begin())
	err = w.Run(t.Context(), membership.Contacts, func(tables.Row) error { return nil })
	if err == nil || !strings.Contains(err.Error(), `"contacts" does not end: its page points to itself`) {
		t.Errorf("got %v", err)
	}
}

func TestShiftedPages(t *testing.T) {
	for name, shift := range map[string]func(sandbox.Request) int{
		"repeat": func(sandbox.Request) int { return 30 },
		"skip a few, once": func(r sandbox.Request) int {
			if r.Nth%4 == 1 && r.Nth < 10 {
				return -3
			}
			return 0
		},
		"skip many, once": func(r sandbox.Request) int {
			if r.Nth < 10 {
				return -40
			}
			return 0
		},
	} {
		t.Run(name, func(t *testing.T) {
			box, client := workspace(t, sandbox.Options{Seed: 4, Contacts: 1500, PageShift: shift})
			exact(t, box, membership.Config{Client: client})
		})
	}
}

func TestPagesThatAlwaysShiftAreNotBelieved(t *testing.T) {
	_, client := workspace(t, sandbox.Options{Seed: 4, Contacts: 1500, PageShift: func(sandbox.Request) int { return -40 }})
	_, s := walkAll(t, membership.Config{Client: client})
	if s.Complete() {
		t.Error("it counts as complete")
	}
}

func TestCompanyRelationsCarryIntercomsCompanyID(t *testing.T) {
	box, client := workspace(t, sandbox.Options{Seed: 6, Contacts: 40})
	l, _ := walkAll(t, membership.Config{Client: client})
	companies := l.tables[tables.Company]
	for id := range box.TruthMembership().Companies {
		if companies[id] != 1 {
			t.Fatalf("company %s is not in the table company", id)
		}
	}
	for _, table := range []string{tables.CompanyTag, tables.CompanySegment} {
		if len(l.tables[table]) == 0 {
			t.Errorf("%s is empty", table)
		}
		for key := range l.tables[table] {
			if company, _, _ := strings.Cut(key, " "); companies[company] == 0 {
				t.Errorf("%s names a company %q that is not in the table company", table, company)
			}
		}
	}
}

func TestTenthTagIsNotTheLast(t *testing.T) {
	box, client := workspace(t, sandbox.Options{Seed: 1, Contacts: 1200, Tags: 60})
	exact(t, box, membership.Config{Client: client})
	if box.Stats().Calls["GET /contacts/{id}/tags"] == 0 {
		t.Error("no contact had more than ten tags: the test shows nothing")
	}
}

func TestContactThatVanishesKeepsItsEmbeddedTags(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/tags") {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"type":"error.list","errors":[{"code":"not_found","message":"User Not Found"}]}`)
			return
		}
		fmt.Fprint(w, `{"data":[{"id":"a","tags":{"data":[{"id":"t1"},{"id":"t2"}],"has_more":true}}],"total_count":1,"pages":{}}`)
	}))
	defer server.Close()
	client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	l := &lake{}
	if err := membership.New(membership.Config{Client: client}, begin()).Run(t.Context(), membership.Contacts, l.row); err != nil {
		t.Fatal(err)
	}
	if len(l.tables["contact"]) != 1 || len(l.tables["contact_tag"]) != 2 {
		t.Errorf("got %v", l.tables)
	}
}

func TestSmallerPagesStaySmall(t *testing.T) {
	o := sandbox.Options{Seed: 1, Contacts: 900, SearchPageMax: 40, Segments: 3}
	inBubble(t, o, func(t *testing.T, box *sandbox.Sandbox, client *intercom.Client) {
		exact(t, box, membership.Config{Client: client})
		members := 0
		for range box.TruthMembership().ContactSegments {
			members++
		}
		// Calls time out at 150 and 75 in each of the three segments, and
		// a few times more, ever more rarely, when larger ones are tried again.
		if calls, most := box.Stats().Calls["POST /contacts/search"], pages(members, 37)*21/20+3+3*2; calls > most {
			t.Errorf("%d searches, %d would do", calls, most)
		}
	})
}

func TestWhatCannotBeProvenIsSaid(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/segments":
			fmt.Fprint(w, `{"segments":[{"id":"s","name":"S","person_type":"user","count":500}]}`)
		case "/contacts/search":
			fmt.Fprint(w, `{"data":[{"id":"a"}],"total_count":1,"pages":{}}`)
		default:
			fmt.Fprint(w, `{"data":[{"id":"a","tags":[]}],"total_count":90,"pages":{}}`)
		}
	}))
	defer server.Close()
	client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	w := membership.New(membership.Config{Client: client, Now: at(noon.Add(time.Minute))}, begin())
	l := &lake{}
	var snapshot tables.Row
	for _, stage := range []membership.Stage{membership.Segments, membership.Contacts, membership.ContactSegments} {
		if err := w.Run(t.Context(), stage, l.row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Run(t.Context(), membership.Snapshot, func(r tables.Row) error { snapshot = r; return nil }); err != nil {
		t.Fatal(err)
	}
	if w.State().Complete() {
		t.Error("it counts as complete")
	}
	want := fmt.Sprint([]any{
		"2026-03-31", noon, noon.Add(time.Minute), false,
		"contacts: met 1, Intercom counted 90 before and 90 after; segment s: met 1, Intercom counted 500 before and 500 after",
		1, nil, 1, 0, 1, nil, nil, nil,
	})
	if got := fmt.Sprint(snapshot.Values); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if l.tables["contact"]["a"] != 1 || l.tables["contact_segment"]["a s"] != 1 {
		t.Errorf("three readings gave %v", l.tables)
	}
}

func TestSegmentDeletedMeanwhile(t *testing.T) {
	var listed atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/contacts/search":
			fmt.Fprint(w, `{"data":[],"total_count":0,"pages":{}}`)
		case !listed.Swap(true):
			fmt.Fprint(w, `{"segments":[{"id":"s","count":500}]}`)
		default:
			fmt.Fprint(w, `{"segments":[]}`)
		}
	}))
	defer server.Close()
	client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	w := membership.New(membership.Config{Client: client}, begin())
	for _, stage := range []membership.Stage{membership.ContactSegments, membership.Segments} {
		if err := w.Run(t.Context(), stage, func(tables.Row) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if !w.State().Complete() {
		t.Error("a segment that is no more cannot be incomplete")
	}
}

func TestProof(t *testing.T) {
	for _, c := range []struct {
		walked, before, after int
		holds                 bool
	}{
		{0, 0, 0, true},
		{1000, 1000, 1000, true},
		{999, 1000, 1000, true},
		{998, 1000, 1000, false},
		{998, 999, 999, false},
		{1011, 1000, 1000, true}, // more is no miss
		{9990, 9999, 9999, true},
		{9989, 9999, 9999, false},
		{1000, 1000, 1100, true},
		{999, 1000, 1100, true},
		{998, 1000, 1100, false},
		{800, 1000, 900, true},
		{5, answer.Unknown, 5, false},
		{5, 5, answer.Unknown, false},
	} {
		p := membership.Proof{Walked: c.walked, Before: c.before, After: c.after}
		if p.Holds() != c.holds {
			t.Errorf("%v holds: %v", p, p.Holds())
		}
	}
}
