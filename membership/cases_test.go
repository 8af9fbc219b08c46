package membership_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
)

// answering is a workspace whose answers are given, by method, path and query,
// or by method and path. A list of answers is given out in turn, the last one
// ever after. What is not among them is 404.
type answering struct {
	mu      sync.Mutex
	answers map[string][]string
	asked   []string
}

// RoundTrip answers without a network, so that waits take no time.
func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	a.answer(w, r)
	return w.Result(), nil
}

func (a *answering) answer(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := r.Method + " " + r.URL.Path
	if r.URL.Path == "/contacts/search" {
		var q struct{ Query struct{ Value string } }
		_ = json.NewDecoder(r.Body).Decode(&q)
		key += " " + q.Query.Value
	}
	a.asked = append(a.asked, key)
	if full := key + "?" + r.URL.RawQuery; a.answers[full] != nil {
		key = full
	}
	list := a.answers[key]
	if len(list) == 0 {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	answer := list[0]
	if len(list) > 1 {
		a.answers[key] = list[1:]
	}
	status := http.StatusOK
	if code, body, found := strings.Cut(answer, "|"); found {
		fmt.Sscan(code, &status)
		answer = body
	}
	w.WriteHeader(status)
	fmt.Fprint(w, answer)
}

// walked is what a walk over given answers came to.
type walked struct {
	rows     map[string][]string // by table
	state    membership.State
	warnings []string
	asked    []string
}

// walkOver walks the stages over given answers; what other lists need is empty.
func walkOver(t *testing.T, stages []membership.Stage, answers map[string][]string) walked {
	t.Helper()
	for key, empty := range map[string]string{
		"GET /segments": `{"segments":[]}`, "GET /tags": `{"data":[]}`, "GET /contacts": `{"data":[],"total_count":0}`,
		"GET /companies/scroll": `{"data":[]}`, "POST /companies/list": `{"data":[]}`,
	} {
		if answers[key] == nil {
			answers[key] = []string{empty}
		}
	}
	a := &answering{answers: answers}
	out := walked{rows: map[string][]string{}}
	synctest.Test(t, func(t *testing.T) {
		client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: "http://localhost", Transport: a, Timeouts: intercom.Timeouts{Retry: -1}})
		if err != nil {
			t.Fatal(err)
		}
		out.state = begin()
		for _, stage := range stages { // each as if by another process
			w := membership.New(membership.Config{Client: client, Warn: func(s string) { out.warnings = append(out.warnings, s) }}, out.state)
			if err := w.Run(t.Context(), stage, out.row); err != nil {
				t.Fatal(err)
			}
			kept, err := json.Marshal(w.State())
			out.state = membership.State{}
			if err := errors.Join(err, json.Unmarshal(kept, &out.state)); err != nil {
				t.Fatal(err)
			}
		}
	})
	out.asked = a.asked
	for _, rows := range out.rows {
		slices.Sort(rows)
	}
	return out
}

func (w *walked) row(r tables.Row) error {
	for i, v := range r.Values {
		if at, ok := v.(time.Time); ok {
			r.Values[i] = at.Format(time.RFC3339Nano)
		}
	}
	w.rows[r.Table] = append(w.rows[r.Table], strings.TrimSpace(fmt.Sprintln(r.Values...)))
	return nil
}

// unproven are the names of the lists that are not proven.
func (w walked) unproven() (names []string) {
	for _, stage := range membership.Stages() {
		for _, p := range w.state.Done[stage].Unproven {
			names = append(names, p.List)
		}
	}
	return names
}

func (w walked) count(key string) (n int) {
	for _, asked := range w.asked {
		if asked == key {
			n++
		}
	}
	return n
}

func TestTimesOfAnyForm(t *testing.T) {
	contact := func(id, created, updated string) string {
		return fmt.Sprintf(`{"id":%q,"created_at":%s,"updated_at":%s,"tags":{"data":[],"total_count":0,"has_more":false}}`, id, created, updated)
	}
	w := walkOver(t, []membership.Stage{membership.Contacts}, map[string][]string{"GET /contacts": {`{"total_count":8,"data":[` + strings.Join([]string{
		contact("p1", `1467133937`, `1467133937045`),
		contact("p2", `"2016-06-28T17:12:17Z"`, `1467133937`),
		contact("p3", `1467133937`, `"yesterday"`),
		contact("p4", `1467133937045123`, `"1467133937.5"`),
		contact("p5", `"2016-06-28 17:12:17 UTC"`, `"2016-06-28T19:12:17+02:00"`),
		contact("p6", `"2016-06-28"`, `null`),
		contact("p7", `0`, `""`),
		contact("p8", `{"at":1}`, `"tomorrow"`),
	}, ",") + `]}`}})
	const first = "2016-06-28T17:12:17Z"
	want := []string{
		"p1 " + first + " 2016-06-28T17:12:17.045Z <nil>",
		"p2 " + first + " " + first + " <nil>",
		"p3 " + first + ` <nil> {"updated_at":"yesterday"}`,
		"p4 2016-06-28T17:12:17.045123Z 2016-06-28T17:12:17.5Z <nil>",
		"p5 " + first + " " + first + " <nil>",
		"p6 2016-06-28T00:00:00Z <nil> <nil>",
		"p7 <nil> <nil> <nil>",
		`p8 <nil> <nil> {"created_at":"{\"at\":1}","updated_at":"tomorrow"}`,
	}
	for i, row := range w.rows["contact"] {
		id, rest, _ := strings.Cut(want[i], " ")
		odd := strings.LastIndex(rest, " ")
		if full := id + " <nil> <nil> <nil> <nil> " + rest[:odd] + " <nil> <nil> <nil>" + rest[odd:]; row != full {
			t.Errorf("got  %s\nwant %s", row, full)
		}
	}
	if len(w.warnings) != 2 || !strings.Contains(w.warnings[1], "contact.updated_at: 2 values") {
		t.Errorf("warned of %q", w.warnings)
	}
}

func TestSegmentsOfCompanies(t *testing.T) {
	w := walkOver(t, membership.Stages(), map[string][]string{
		"GET /segments?include_count=true":              {`{"segments":[{"id":"s1","name":"Active people","person_type":"user","count":0}]}`},
		"GET /segments?include_count=true&type=company": {`{"segments":[{"id":"s4","name":"Trial companies","person_type":"company"}]}`},
		"POST /contacts/search s1":                      {`{"data":[],"total_count":0}`},
		"GET /companies/scroll": {
			`{"scroll_param":"x","data":[{"id":"k1","segments":{"segments":[{"id":"s4","name":"Trial companies"},{"id":"s9","name":"Paying companies"}]},"tags":{"tags":[]}}]}`,
			`{"data":[]}`,
		},
	})
	if got, want := strings.Join(w.rows["segment"], "\n"), "s1 Active people user 0 <nil> <nil> <nil>\n"+
		"s4 Trial companies company <nil> <nil> <nil> <nil>\ns9 Paying companies company <nil> <nil> <nil> <nil>"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := fmt.Sprint(w.rows["company_segment"]); got != "[k1 s4 k1 s9]" || !w.state.Complete() || w.count("POST /contacts/search s4") != 0 {
		t.Errorf("got %s, unproven %q, asked %q", got, w.unproven(), w.asked)
	}
}

func TestTheSameThingTwice(t *testing.T) {
	const segment, tag = `{"id":"s1","name":"Active","person_type":"user"}`, `{"id":"t1","name":"VIP"}`
	w := walkOver(t, membership.Stages(), map[string][]string{
		"GET /segments":            {`{"segments":[` + segment + `,` + segment + `]}`},
		"GET /tags":                {`{"data":[` + tag + `,` + tag + `]}`},
		"GET /contacts":            {`{"total_count":2,"data":[{"id":"p1","tags":["t1","t1"]},{"id":"p2","tags":{"tags":[{"id":"t1"}]}},{"id":"p1"}]}`},
		"POST /contacts/search s1": {`{"total_count":2,"data":[{"id":"p1"},{"id":"p2"},{"id":"p1"}]}`},
	})
	for table, want := range map[string]int{"segment": 1, "tag": 1, "contact": 2, "contact_tag": 2, "contact_segment": 2} {
		if len(w.rows[table]) != want {
			t.Errorf("%s: %q", table, w.rows[table])
		}
	}
	if !w.state.Complete() || w.count("POST /contacts/search s1") != 1 {
		t.Errorf("unproven %q, asked %q", w.unproven(), w.asked)
	}
}

func TestBrokenTexts(t *testing.T) {
	w := walkOver(t, []membership.Stage{membership.Contacts}, map[string][]string{"GET /contacts": {`{"total_count":3,"data":[
		{"id":"p1","name":"Ann\u0000 Example","custom_attributes":{"plan":"x\ud83d"},"tags":null},
		{"id":"p2","name":"Bo \\u0000 Example","custom_attributes":{"plan":"\ud83d\ude00 \\ud83d","n":1.50},"tags":[]},
		{"id":"p3","name":{"first":"Cy"},"custom_attributes":"none","tags":[]}]}`}})
	got := strings.Join(w.rows["contact"], "\n")
	for _, want := range []string{"Ann Example", "{\"plan\":\"x\ufffd\"}", `Bo \u0000 Example`, `{"plan":"\ud83d\ude00 \\ud83d","n":1.50}`, `"name":"{\"first\":\"Cy\"}"`, `"custom_attributes":"none"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if all := strings.Join(w.warnings, "\n"); !strings.Contains(all, "contact.name: 1 texts held NUL") || !strings.Contains(all, "contact.custom_attributes: 1 texts") {
		t.Errorf("warned of %q", w.warnings)
	}
}

func TestListsOfManyForms(t *testing.T) {
	w := walkOver(t, membership.Stages(), map[string][]string{
		"GET /segments": {`{"data":[{"id":1,"name":"A","person_type":"user","count":"1"}],"pages":{"next":"https://api.intercom.io/segments?page=2"}}`},
		"GET /segments?include_count=true&page=2":       {`[{"id":"2","name":"B","person_type":"user","count":1}]`},
		"GET /segments?include_count=true&type=company": {`400|{}`},
		"GET /tags":                             {`{"tags":[{"id":7,"name":"X"}],"pages":{"next":{"page":2,"per_page":1}}}`},
		"GET /tags?page=2&per_page=1":           {`{"data":[{"id":8,"name":"Y"}],"pages":{"next":null}}`},
		"GET /contacts":                         {`{"total_count":"2","data":[{"id":1,"tags":{"data":[{"id":7}],"has_more":"true"}},{"id":"2","tags":{"tags":[7,"8"],"has_more":0,"total_count":"2"}}],"pages":{"next":""}}`},
		"GET /contacts/1/tags":                  {`{"data":[{"id":"7"}],"pages":{"next":{"starting_after":"x"}}}`},
		"GET /contacts/1/tags?starting_after=x": {`{"tags":[{"id":"8"}]}`},
		"POST /contacts/search 1":               {`{"total_count":1,"contacts":[{"id":1}]}`},
		"POST /contacts/search 2":               {`{"total_count":1,"data":[{"id":"2"}],"pages":{"next":null}}`},
		"POST /companies/list":                  {`{"total_count":1}`, `{"total_count":1,"data":[{"id":5}]}`},
		"GET /companies/scroll":                 {`{"scroll_param":"p","companies":[{"id":5,"tags":[{"id":7}],"segments":{"data":["9"]}}]}`, `{"scroll_param":"p","data":null}`},
	})
	for table, want := range map[string]string{
		"contact_tag": "[1 7 1 8 2 7 2 8]", "contact_segment": "[1 1 2 2]", "company_tag": "[5 7]", "company_segment": "[5 9]", "tag": "[7 X 8 Y]",
	} {
		if got := fmt.Sprint(w.rows[table]); got != want {
			t.Errorf("%s: got %s, want %s", table, got, want)
		}
	}
	if !w.state.Complete() {
		t.Errorf("unproven: %q", w.unproven())
	}
}

func TestCountsThatAreNone(t *testing.T) {
	one, two := `{"id":"a"},{"id":"b"}`, `{"id":"a"},{"id":"b"},{"id":"c"}`
	for _, tt := range []struct {
		name     string
		readings []string
		asked    int
		complete bool
	}{
		{"null, the same ids", []string{`{"total_count":null,"data":[` + one + `]}`}, 2, true},
		{"absent, the same ids", []string{`{"data":[` + one + `]}`}, 2, true},
		{"10,000, the same ids", []string{`{"total_count":10000,"data":[` + one + `]}`}, 2, true},
		{"more in the second", []string{`{"data":[` + one + `]}`, `{"data":[` + two + `]}`}, 2, false},
		{"fewer in the second", []string{`{"data":[` + two + `]}`, `{"data":[` + one + `]}`}, 2, false},
		{"counted, all met", []string{`{"total_count":2,"data":[` + one + `]}`}, 1, true},
		{"counted, more met", []string{`{"total_count":2,"data":[` + two + `]}`}, 1, true},
		{"counted, one in the second", []string{`{"total_count":3,"data":[` + one + `]}`, `{"total_count":3,"data":[` + two + `]}`}, 2, true},
		{"counted, fewer met", []string{`{"total_count":3,"data":[` + one + `]}`}, 3, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := walkOver(t, []membership.Stage{membership.Contacts}, map[string][]string{"GET /contacts": tt.readings})
			if n := w.count("GET /contacts"); n != tt.asked || w.state.Complete() != tt.complete {
				t.Errorf("%d readings, complete is %v", n, w.state.Complete())
			}
			if !tt.complete && !slices.Equal(w.unproven(), []string{"contacts"}) {
				t.Errorf("unproven: %q", w.unproven())
			}
		})
	}
}

// TestCountsThatMove: by as many as a count changes while its list is read, the list may
// differ from it; and a long one by a thousandth, once it is read again.
func TestCountsThatMove(t *testing.T) {
	page := func(first, n, total int, next string) string {
		var ids []string
		for i := range n {
			ids = append(ids, fmt.Sprintf(`{"id":"%d"}`, first+i))
		}
		return fmt.Sprintf(`{"total_count":%d,"data":[%s],"pages":{"next":%s}}`, total, strings.Join(ids, ","), next)
	}
	const next = `{"starting_after":"x"}`
	for _, tt := range []struct {
		name          string
		first, second string // pages
		readings      int
		complete      bool
	}{
		{"one more, which was not met", page(0, 1, 2, next), page(1, 1, 3, "null"), 1, true},
		{"two are not met, and one is new", page(0, 1, 3, next), page(1, 1, 4, "null"), 3, false},
		{"a thousandth is not met", page(0, 100, 1000, next), page(100, 899, 1000, "null"), 2, true},
		{"two thousandths are not met", page(0, 100, 1000, next), page(100, 898, 1000, "null"), 3, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := walkOver(t, []membership.Stage{membership.Contacts}, map[string][]string{"GET /contacts": {tt.first, tt.second, tt.first, tt.second, tt.first, tt.second}})
			if n := w.count("GET /contacts") / 2; n != tt.readings || w.state.Complete() != tt.complete {
				t.Errorf("%d readings, complete is %v", n, w.state.Complete())
			}
		})
	}
}

func TestSegmentsThatAreNotSearched(t *testing.T) {
	const both = `{"segments":[{"id":"s1","person_type":%q},{"id":"s2","person_type":"user"}]}`
	for _, tt := range []struct {
		name, of, again, search string
		unproven                []string
	}{
		{"gone", "user", `{"segments":[{"id":"s2","person_type":"user"}]}`, `404|{}`, nil},
		{"not found, and still there", "user", "", `404|{}`, []string{"members found in segment s1"}},
		{"not of contacts", "", "", `400|{"errors":[{"code":"parameter_invalid","message":"segment is not for contacts"}]}`, nil},
		{"refused, though of people", "user", "", `400|{}`, []string{"members found in segment s1"}},
		{"of companies", "company", "", `500|{}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			segments := []string{fmt.Sprintf(both, tt.of)}
			if tt.again != "" {
				segments = append(segments, tt.again)
			}
			w := walkOver(t, []membership.Stage{membership.ContactSegments}, map[string][]string{
				"GET /segments?include_count=true":              segments,
				"GET /segments?include_count=true&type=company": {`403|{}`},
				"POST /contacts/search s1":                      {tt.search},
				"POST /contacts/search s2":                      {`{"total_count":1,"data":[{"id":"a"}]}`},
			})
			if !slices.Equal(w.unproven(), tt.unproven) || fmt.Sprint(w.rows["contact_segment"]) != "[a s2]" {
				t.Errorf("unproven %q, rows %q", w.unproven(), w.rows["contact_segment"])
			}
		})
	}
}

// The ends that a scroll has been seen to have, with Intercom's count and
// without.
func TestEndsOfAScroll(t *testing.T) {
	const a, b = `{"scroll_param":"p","data":[{"id":"a"}]}`, `{"scroll_param":"p","data":[{"id":"b"}]}`
	const empty, gone = `{"scroll_param":"p","data":[]}`, `404|{}`
	counted, not := `{"total_count":2}`, `404|{}`
	for _, tt := range []struct {
		name, count string
		scroll      []string
		complete    bool
	}{
		{"empty page", counted, []string{a, b, empty}, true},
		{"empty page, not counted", not, []string{a, b, empty}, true},
		{"404", counted, []string{a, b, gone}, true},
		{"404, not counted", not, []string{a, b, gone, a, b, gone, a, b, gone}, true},
		{"404, and one more is counted", `{"total_count":3}`, slices.Repeat([]string{a, b, gone}, 15), false},
		{"404 in the middle", counted, []string{a, gone, a, b, empty}, true},
		{"404 in the middle, not counted", not, []string{a, gone, a, b, empty}, true},
		{"the last page again", counted, []string{a, b}, true},
		{"the last page again, not counted", not, []string{a, b}, false},
		{"an end too early", counted, []string{a, empty, a, b, empty}, true},
		{"an end too early for ever", counted, []string{a, empty, a, empty, a, empty}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := walkOver(t, []membership.Stage{membership.Companies}, map[string][]string{
				"GET /companies/scroll": append([]string{}, tt.scroll...), "POST /companies/list": {tt.count},
			})
			if w.state.Complete() != tt.complete {
				t.Errorf("complete is %v: %+v", w.state.Complete(), w.state.Done)
			}
			if tt.complete && len(w.rows["company"]) != 2 {
				t.Errorf("got %q", w.rows["company"])
			}
		})
	}
}

// A list that is forbidden, or a scroll that cannot be had, is the failure of its
// stage alone; a token that is refused ends them all.
func TestAStageThatFailsAlone(t *testing.T) {
	for _, tt := range []struct {
		answer string
		emit   error
		alone  bool
	}{
		{`403|{"errors":[{"code":"forbidden","message":"You do not have the required scope"}]}`, nil, true},
		{`402|{"errors":[{"code":"api_plan_restricted","message":"Active subscription needed."}]}`, nil, true},
		{`500|{}`, nil, true},
		{`401|{"errors":[{"code":"unauthorized","message":"Access Token Invalid"}]}`, nil, false},
		{`{"data":[{"id":"t"}]}`, errors.New("the receiver is full"), false},
	} {
		a := &answering{answers: map[string][]string{"GET /tags": {tt.answer}}}
		client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: "http://localhost", Transport: a, Timeouts: intercom.Timeouts{Retry: -1}})
		if err != nil {
			t.Fatal(err)
		}
		err = membership.New(membership.Config{Client: client}, begin()).Run(t.Context(), membership.Tags, func(tables.Row) error { return tt.emit })
		var failed *membership.StageError
		if !errors.As(err, &failed) || failed.Stage != membership.Tags || failed.Alone() != tt.alone {
			t.Errorf("%s: %v, alone: %v", tt.answer, err, failed != nil && failed.Alone())
		}
	}
}

// A segment that is made while its like are searched is left to the next day: nobody has
// searched it. So it is where the walk goes on at another time, from its state as JSON.
func TestSegmentsMadeMeanwhile(t *testing.T) {
	const s1, s2, k1, k2 = `{"id":"s1","person_type":"user","count":1}`, `{"id":"s2","person_type":"user","count":9}`, `{"id":"k1","person_type":"company"}`, `{"id":"k2","person_type":"company"}`
	list := func(segments ...string) string { return `{"segments":[` + strings.Join(segments, ",") + `]}` }
	const short = `{"segments":[` + s1 + `],"total_count":2}`
	for _, tt := range []struct {
		name     string
		listed   []string // at the beginning, when the members were searched, and in the end
		segments []string
		unproven []string
	}{
		{"made after the search", []string{list(s1), list(s1), list(s1, s2)}, []string{"s1"}, nil},
		{"made within it", []string{list(s1), list(s1, s2)}, []string{"s1"}, nil},
		{"the first of all", []string{list(), list(s2)}, nil, nil},
		{"deleted", []string{list(s1, s2), list(s1)}, []string{"s1"}, nil},
		{"of companies, of which one names it", []string{list(s1), list(s1, k1, k2)}, []string{"k1", "s1"}, nil},
		{"there from the beginning", []string{list(s1, k2)}, []string{"k1", "k2", "s1"}, nil},
		{"lost by the first list, by its own word", []string{short, short, short, list(s1, s2)}, []string{"s1"}, []string{"segments"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			named := `[{"id":"k1"}]`
			if !slices.Contains(tt.segments, "k1") {
				named = `[]`
			}
			answers := map[string][]string{
				"GET /segments?include_count=true":              tt.listed,
				"GET /segments?include_count=true&type=company": {list()},
				"POST /contacts/search s1":                      {`{"total_count":1,"data":[{"id":"p1"}]}`},
				"GET /companies/scroll":                         {`{"scroll_param":"x","data":[{"id":"c1","segments":` + named + `}]}`, `{"data":[]}`},
			}
			w := walkOver(t, []membership.Stage{membership.ContactSegments, membership.Companies, membership.Segments}, answers)
			var ids []string
			for _, row := range w.rows[tables.Segment] {
				id, _, _ := strings.Cut(row, " ")
				ids = append(ids, id)
			}
			if !slices.Equal(ids, tt.segments) || !slices.Equal(w.unproven(), tt.unproven) {
				t.Errorf("the segments are %q and unproven are %q; want %q and %q", ids, w.unproven(), tt.segments, tt.unproven)
			}
		})
	}
}
