package deletions

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/intercom/intercomtest"
)

func at(epoch int64) time.Time { return time.Unix(epoch, 0) }

func TestList(t *testing.T) {
	page := func(more bool, deleted ...string) string { // id@deleted_at
		var list []string
		for _, d := range deleted {
			id, at, _ := strings.Cut(d, "@")
			list = append(list, fmt.Sprintf(`{"type":"conversation","id":%q,"metrics_retained":%v,"deleted_at":%s}`, id, id == "kept", at))
		}
		next := "null"
		if more {
			next = `"https://api.intercom.io/conversations/deleted?page=2"`
		}
		return `{"type":"conversations.list","conversations":[` + strings.Join(list, ",") + `],"pages":{"next":` + next + `}}`
	}
	without := func(page string) string { return strings.Replace(page, `,"pages":{"next":null}`, "", 1) }
	counted := func(total int, deleted ...string) string {
		return strings.Replace(page(false, deleted...), `{`, fmt.Sprintf(`{"total_count":%d,`, total), 1)
	}
	const one = `{"id":"kept","metrics_retained":true,"deleted_at":900}`
	full := slices.Repeat([]string{"a@900"}, sizes[0])
	for name, c := range map[string]struct {
		pages []string
		want  []string // of those deleted at 500 or later
		asked int
		err   string
	}{
		"none":                 {pages: []string{page(false)}, asked: 1},
		"one page":             {pages: []string{page(false, "a@900", "kept@700")}, want: []string{"a", "kept"}, asked: 1},
		"to the time":          {pages: []string{page(true, "a@900", "b@800"), page(true, "c@600", "d@300"), page(true, "e@200", "f@100"), page(false, "g@50")}, want: []string{"a", "b", "c"}, asked: 3},
		"one page is older":    {pages: []string{page(true, "a@400", "b@300"), page(false, "c@200")}, asked: 1},
		"deleted at once":      {pages: []string{page(true, "a@400", "b@400"), page(true, "c@900"), page(false, "d@300")}, want: []string{"c"}, asked: 3},
		"in no order":          {pages: []string{page(true, "a@100", "b@900"), page(true, "c@200"), page(false, "d@600")}, want: []string{"b", "d"}, asked: 3},
		"pages in no order":    {pages: []string{page(true, "a@600"), page(true, "b@900"), page(true, "c@200"), page(false, "d@700")}, want: []string{"a", "b", "d"}, asked: 4},
		"moves on meanwhile":   {pages: []string{page(true, "a@900", "b@800"), page(true, "b@800", "c@700"), page(true, "d@300"), page(false, "e@900")}, want: []string{"a", "b", "b", "c"}, asked: 3},
		"grows by a page":      {pages: []string{page(true, "a@900", "b@800"), page(true, "a@900", "b@800"), page(false, "c@700")}, want: []string{"a", "b", "a", "b", "c"}, asked: 3},
		"empty pages":          {pages: []string{page(true, "a@900"), page(true), page(true)}, want: []string{"a"}, asked: 3},
		"an empty page within": {pages: []string{page(true, "a@900"), page(true), page(false, "b@800")}, want: []string{"a", "b"}, asked: 3},
		"an empty page first":  {pages: []string{page(true), page(false, "b@800")}, want: []string{"b"}, asked: 2},
		"nothing of pages":     {pages: []string{without(page(false, full...)), without(page(false, "b@800"))}, want: append(slices.Repeat([]string{"a"}, sizes[0]), "b"), asked: 2},
		"more by its count":    {pages: []string{counted(2, "a@900"), counted(2, "b@800")}, want: []string{"a", "b"}, asked: 2},
		"more by its pages":    {pages: []string{`{"conversations":[` + one + `],"pages":{"per_page":1,"total_pages":2}}`, page(false, "b@800")}, want: []string{"kept", "b"}, asked: 2},
		"fewer than its count": {pages: []string{counted(3, "a@900"), counted(3), counted(3)}, want: []string{"a"}, asked: 3, err: "says that there are 3 or more, and gives 1"},
		"no end":               {pages: slices.Repeat([]string{page(true, "a@900")}, 9), want: []string{"a", "a", "a", "a"}, asked: 4, err: "page 4 is the one before it, again and again"},
		"a circle":             {pages: slices.Repeat([]string{page(true, "a@900"), page(true, "b@950")}, 99), want: append(slices.Repeat([]string{"a", "b"}, 51), "a"), asked: 103, err: "page 103 is one of many with nothing new"},
		"no time":              {pages: []string{page(false, `a@"soon"`)}, asked: 1, err: "element 1 cannot be read: its deleted_at is no time"},
		"time is null":         {pages: []string{page(false, "a@null")}, asked: 1, err: "its deleted_at is no time"},
		"nothing of retention": {pages: []string{`{"conversations":[{"id":"a","deleted_at":900}]}`}, asked: 1, err: "it lacks metrics_retained"},
		"no id":                {pages: []string{`{"conversations":[{"deleted_at":900,"metrics_retained":true}]}`}, asked: 1, err: "element 1 has no id"},
		"no list":              {pages: []string{`{"type":"error.list"}`}, asked: 1, err: "no list in it"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				if want := fmt.Sprintf("/conversations/deleted?order=desc&page=%d&per_page=60", asked); r.URL.RequestURI() != want {
					t.Errorf("asked for %s, not %s", r.URL.RequestURI(), want)
				}
				number, _ := strconv.Atoi(r.URL.Query().Get("page"))
				intercomtest.Say(200, c.pages[number-1])(w, r)
			}))
			defer server.Close()
			client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: server.URL, Timeouts: intercom.Timeouts{Retry: -1}})
			if err != nil {
				t.Fatal(err)
			}
			defer client.CloseIdleConnections()
			var got []string
			var failed error
			for page, err := range List(t.Context(), client, at(500)) {
				if failed = err; err != nil {
					break
				}
				for _, d := range page {
					if d.MetricsRetained != (d.ConversationID == "kept") {
						t.Errorf("%s: retained %v", d.ConversationID, d.MetricsRetained)
					}
					if !d.At.Before(at(500)) {
						got = append(got, d.ConversationID)
					}
				}
			}
			if !slices.Equal(got, c.want) || asked != c.asked {
				t.Errorf("got %v in %d pages", got, asked)
			}
			if (failed == nil) != (c.err == "") || failed != nil && !strings.Contains(failed.Error(), c.err) {
				t.Errorf("error %v", failed)
			}
		})
	}
}

type transport func(*http.Request) (int, string)

// RoundTrip answers without a network, so that waits take no time.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	status, body := t(r)
	w.WriteHeader(status)
	fmt.Fprint(w, body)
	return w.Result(), nil
}

// TestPagesTooLarge are asked for again with fewer, down to one, and larger ones are
// tried again: each conversation is met.
func TestPagesTooLarge(t *testing.T) {
	for _, most := range []int{1, 20, 60} {
		synctest.Test(t, func(t *testing.T) {
			const all = 130
			asked, grown := 0, false
			client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: "http://localhost", Transport: transport(func(r *http.Request) (int, string) {
				number, _ := strconv.Atoi(r.URL.Query().Get("page"))
				size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
				asked++
				if size > most {
					grown = grown || number > 1
					return http.StatusServiceUnavailable, "<html>"
				}
				var list []string
				for i := (number - 1) * size; i < min(number*size, all); i++ {
					list = append(list, fmt.Sprintf(`{"id":%d,"metrics_retained":true,"deleted_at":%d}`, i, 9000-i))
				}
				return http.StatusOK, fmt.Sprintf(`{"conversations":[%s],"total_count":%d,"pages":{"page":%d,"per_page":%d,"total_pages":%d}}`, strings.Join(list, ","), all, number, size, (all+size-1)/size)
			})})
			if err != nil {
				t.Fatal(err)
			}
			met := map[string]int{}
			for page, err := range List(t.Context(), client, at(0)) {
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range page {
					met[d.ConversationID]++
				}
			}
			for id, n := range met {
				if n != 1 {
					t.Errorf("%s was met %d times", id, n)
				}
			}
			if len(met) != all || grown != (most < 60) {
				t.Errorf("at most %d: met %d in %d calls, larger ones tried again: %v", most, len(met), asked, grown)
			}
		})
	}
}
