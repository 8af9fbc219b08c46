package membership_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/sandbox"
)

// shallow is a list of companies that ends after a depth, as Intercom's does
// after ten thousand.
type shallow struct {
	next  http.RoundTripper
	depth int
}

func (s shallow) RoundTrip(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	page, _ := strconv.Atoi(q.Get("page"))
	size, _ := strconv.Atoi(q.Get("per_page"))
	if r.URL.Path == "/companies/list" && (page-1)*size >= s.depth {
		q.Set("page", "9999999")
		r.URL.RawQuery = q.Encode()
	}
	return s.next.RoundTrip(r)
}

// A workspace without a scroll over its companies is read by their list: whole,
// whatever moves in it meanwhile, and what the list does not reach is said.
func TestCompaniesWithoutAScroll(t *testing.T) {
	const all = 1 << 30
	for _, tt := range []struct {
		name      string
		dialect   []string
		companies int
		depth     int
		complete  bool
		missing   bool
	}{
		{"in pages", nil, 150, all, true, false},
		{"none", nil, 0, all, true, false},
		{"a full last page", nil, 64, all, true, false},
		{"that move", []string{"order-moves"}, 150, all, true, false},
		{"not counted", []string{"total-count-null"}, 150, all, true, false},
		{"not counted, that move", []string{"total-count-10000", "order-moves"}, 150, all, false, false},
		{"small pages", []string{"pages-too-large-504", "items-twice"}, 150, all, true, false},
		{"more than the list gives", nil, 150, 96, true, false},
		{"not counted, more than the list gives", []string{"total-count-absent"}, 150, 96, false, false},
		{"more than the list gives from both ends", nil, 250, 96, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := sandbox.Options{Seed: 3, Contacts: 10, Companies: tt.companies, Dialect: append(tt.dialect, "scroll-none")}
			synctest.Test(t, func(t *testing.T) {
				box := sandbox.New(o)
				transport, stop := box.InMemory()
				defer func() { _ = stop() }()
				client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: "http://localhost", Transport: shallow{transport, tt.depth}})
				if err != nil {
					t.Fatal(err)
				}
				defer client.CloseIdleConnections()
				var warnings []string
				w := membership.New(membership.Config{Client: client, Warn: func(s string) { warnings = append(warnings, s) }}, begin())
				got := &lake{}
				if err := w.Run(t.Context(), membership.Companies, got.row); err != nil {
					t.Fatal(err)
				}
				if !slices.ContainsFunc(warnings, func(s string) bool { return strings.Contains(s, "leaves out companies without users") }) {
					t.Errorf("warnings %q", warnings)
				}
				missing := 0
				for id := range box.TruthMembership().Companies {
					if got.tables["company"][id] == 0 {
						missing++
					}
				}
				s := w.State()
				if s.Complete() != tt.complete || (missing > 0) != tt.missing {
					t.Errorf("complete is %v, %d are missing: %+v", s.Complete(), missing, s.Done)
				}
			})
		})
	}
}

// A scroll that was there and is gone when it should begin again leaves what it
// gave; the list adds the others.
func TestAScrollThatIsGoneForGood(t *testing.T) {
	list := func(next string, ids ...string) string {
		var all []string
		for _, id := range ids {
			all = append(all, fmt.Sprintf(`{"id":%q}`, id))
		}
		return fmt.Sprintf(`{"data":[%s],"total_count":3,"pages":{"next":%s}}`, strings.Join(all, ","), next)
	}
	w := walkOver(t, []membership.Stage{membership.Companies}, map[string][]string{
		"GET /companies/scroll": {`{"scroll_param":"p","data":[{"id":"a"}]}`, `404|{}`},
		"POST /companies/list":  {list("null"), list("null"), list(`"/companies/list?page=2"`, "b"), list("null", "a", "c")},
	})
	if got := w.rows["company"]; len(got) != 3 || !w.state.Complete() {
		t.Errorf("complete is %v, got %q", w.state.Complete(), got)
	}
	// Half a scroll is no reading that the list could agree with.
	const uncounted = `{"data":[%s],"pages":{"next":null}}`
	one, both := fmt.Sprintf(uncounted, `{"id":"a"}`), fmt.Sprintf(uncounted, `{"id":"a"},{"id":"b"}`)
	w = walkOver(t, []membership.Stage{membership.Companies}, map[string][]string{
		"GET /companies/scroll": {`{"scroll_param":"p","data":[{"id":"a"}]}`, `404|{}`},
		"POST /companies/list":  {one, one, one, both},
	})
	if got := w.rows["company"]; len(got) != 2 || w.state.Complete() {
		t.Errorf("complete is %v, got %q", w.state.Complete(), got)
	}
}

// A full page of contacts that tells neither a next one nor how many there are may
// have others behind it.
func TestAPageWithoutPages(t *testing.T) {
	for name, tt := range map[string]struct {
		contacts int
		fields   string
		complete bool
	}{
		"full":               {150, "", false},
		"full, and counted":  {150, `,"total_count":150`, true},
		"full, and the last": {150, `,"pages":{"next":null}`, true},
		"not full":           {149, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			var ids []string
			for i := range tt.contacts {
				ids = append(ids, fmt.Sprintf(`{"id":"%d","tags":[]}`, i))
			}
			a := &answering{answers: map[string][]string{"GET /contacts": {`{"data":[` + strings.Join(ids, ",") + `]` + tt.fields + `}`}}}
			client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: "http://localhost", Transport: a})
			if err != nil {
				t.Fatal(err)
			}
			w := membership.New(membership.Config{Client: client}, begin())
			err = w.Run(t.Context(), membership.Contacts, (&lake{}).row)
			if complete := err == nil && w.State().Complete(); complete != tt.complete {
				t.Errorf("complete is %v: %v", complete, err)
			}
		})
	}
}

// Pages of nothing, each with another next one, come to an end.
func TestEmptyPagesThatDoNotEnd(t *testing.T) {
	client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: "http://localhost", Transport: emptyPages{}})
	if err != nil {
		t.Fatal(err)
	}
	w := membership.New(membership.Config{Client: client}, begin())
	err = w.Run(t.Context(), membership.Contacts, (&lake{}).row)
	if err == nil || !strings.Contains(err.Error(), `the list "contacts" does not end`) {
		t.Errorf("got %v", err)
	}
}

// emptyPages answers each page with nothing and another next one.
type emptyPages struct{}

func (emptyPages) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	fmt.Fprintf(w, `{"data":[],"pages":{"next":{"starting_after":"%sx"}}}`, r.URL.Query().Get("starting_after"))
	return w.Result(), nil
}
