package people

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
)

func TestSegmentsAndTags(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.RequestURI() {
		case "/segments?include_count=true":
			say(200, `{"type":"segment.list","segments":[
				{"type":"segment","id":"s1","name":"Active","created_at":1700000000,"updated_at":1700000001,"person_type":"user","count":3},
				{"id":2,"name":"New","created_at":null,"person_type":"contact","count":null}]}`)(w, r)
		case "/segments?include_count=true&type=company":
			say(200, `{"type":"segment.list","segments":[{"id":"s1","name":"Active"},{"id":"s4","name":"Trial"}]}`)(w, r)
		case "/tags":
			say(200, `{"type":"list","data":[{"type":"tag","id":"t1","name":"VIP"},{"id":"7","name":"a, b"}]}`)(w, r)
		case "/contacts/c%2F1/tags":
			say(200, `{"type":"list","data":[{"id":"t1","name":"VIP"},{"id":"7"}]}`)(w, r)
		default:
			say(404, envelope("not_found", "User Not Found"))(w, r)
		}
	})
	segments, _, err := Segments(t.Context(), c)
	if want := []Segment{
		{ID: "s1", Name: "Active", PersonType: "user", Count: 3, CreatedAt: at(1700000000), UpdatedAt: at(1700000001)},
		{ID: "2", Name: "New", PersonType: "contact", Count: answer.Unknown},
		{ID: "s4", Name: "Trial", PersonType: "company", Count: answer.Unknown},
	}; err != nil || !reflect.DeepEqual(segments, want) {
		t.Errorf("got %+v, %v", segments, err)
	}
	tags, _, err := Tags(t.Context(), c)
	if err != nil || !slices.Equal(tags, []Tag{{"t1", "VIP"}, {"7", "a, b"}}) {
		t.Errorf("got %+v, %v", tags, err)
	}
	ids, _, err := ContactTags(t.Context(), c, "c/1", 0)
	if err != nil || !slices.Equal(ids, []string{"t1", "7"}) {
		t.Errorf("got %v, %v", ids, err)
	}
	var e *intercom.Error
	if _, _, err := ContactTags(t.Context(), c, "merged", 0); !errors.As(err, &e) || !e.NotFound() {
		t.Errorf("got %v", err)
	}
	if _, _, err := ContactTags(t.Context(), c, "..", 0); err == nil {
		t.Error("the tags of .. were asked for")
	}
}

// Where the segments of companies are not listed by themselves, the others are all.
func TestNoSegmentsOfCompanies(t *testing.T) {
	for status, listed := range map[int]bool{400: true, 404: true, 422: true, 501: true, 401: false, 408: false, 500: false} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("type") == "company" {
				say(status, envelope("refused", "no"))(w, r)
				return
			}
			say(200, `{"segments":[{"id":"s1","name":"Active"}]}`)(w, r)
		})
		segments, _, err := Segments(t.Context(), c)
		if (err == nil) != listed || listed && (len(segments) != 1 || segments[0].ID != "s1") {
			t.Errorf("%d: %v, %v", status, segments, err)
		}
	}
}

// What is no truth is none, and is kept as it came.
func TestTeammatesAway(t *testing.T) {
	for said, want := range map[string]struct {
		away    *bool
		invalid bool
	}{
		`true`: {away: new(true)}, `"false"`: {away: new(false)}, `0`: {away: new(false)}, `null`: {},
		`"perhaps"`: {invalid: true}, `2`: {invalid: true}, `{}`: {invalid: true},
	} {
		c := serve(t, say(200, `{"admins":[{"id":"1","name":"Ada","away_mode_enabled":`+said+`}]}`))
		all, err := Teammates(t.Context(), c)
		if err != nil || len(all) != 1 {
			t.Fatal(said, all, err)
		}
		_, invalid := all[0].Invalid.Unparsed["away"]
		if !reflect.DeepEqual(all[0].Away, want.away) || invalid != want.invalid {
			t.Errorf("%s: away %v, invalid %v", said, all[0].Away, invalid)
		}
	}
}

const contactsBody = `{"type":"list","total_count":3,"pages":{"type":"pages","page":1,"per_page":2,"total_pages":2,"next":{"page":2,"starting_after":"cursor=="}},"data":[
	{"type":"contact","id":"c1","external_id":"e1","workspace_id":"xyz","role":"user","email":"a@example.com","name":"Ada","created_at":1700000000,"updated_at":1700000001,"last_seen_at":1700000002,
	 "custom_attributes":{"plan":"gold"},"tags":{"type":"list","data":[{"id":"t1","type":"tag","url":"/tags/t1"}],"url":"/contacts/c1/tags","total_count":12,"has_more":true}},
	{"type":"contact","id":"c2","external_id":null,"role":"lead","email":null,"last_seen_at":null,"custom_attributes":null,"tags":null}]}`

func TestContactsPage(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.RequestURI() {
		case "/contacts?per_page=150":
			say(200, contactsBody)(w, r)
		case "/contacts?per_page=1&starting_after=cursor%3D%3D":
			say(200, `{"data":[{"id":"c3","tags":{"data":[{"id":"t1"}],"total_count":1,"has_more":false}}],"total_count":3,"pages":{"next":null}}`)(w, r)
		default:
			t.Errorf("asked for %s", r.RequestURI)
		}
	})
	first, err := ContactsPage(t.Context(), c, 1000, "")
	want := ContactPage{Total: 3, Least: 3, Next: "cursor==", PerPage: 150, Contacts: []Contact{
		{
			ID: "c1", ExternalID: "e1", Role: "user", Email: "a@example.com", Name: "Ada", WorkspaceID: "xyz",
			CreatedAt: at(1700000000), UpdatedAt: at(1700000001), LastSeenAt: at(1700000002),
			CustomAttributes: json.RawMessage(`{"plan":"gold"}`), Tags: []string{"t1"}, TagsHasMore: true, TagsCount: 12, TagsTold: Given,
		},
		{ID: "c2", Role: "lead", TagsTold: Null},
	}}
	if err != nil || !reflect.DeepEqual(first, want) {
		t.Errorf("got  %+v, %v\nwant %+v", first, err, want)
	}
	last, err := ContactsPage(t.Context(), c, 0, first.Next)
	if err != nil || last.Next != "" || len(last.Contacts) != 1 || last.Contacts[0].TagsHasMore {
		t.Errorf("got %+v, %v", last, err)
	}
}

// TestTagsThatAreMore than a contact's list shows are told by any of its signs.
func TestTagsThatAreMore(t *testing.T) {
	for list, more := range map[string]bool{
		`{"data":[{"id":"t1"}],"total_count":1,"has_more":false}`:             false,
		`{"data":[{"id":"t1"}],"total_count":null}`:                           false,
		`{"data":[{"id":"t1"}],"total_count":2}`:                              true,
		`{"data":[{"id":"t1"}],"total_count":"2","has_more":false}`:           true,
		`{"data":[{"id":"t1"},{"id":"t1"}],"total_count":2,"has_more":false}`: true,
		`{"data":[{"id":"t1"}],"total_count":1,"has_more":true}`:              true,
		`{"data":[{"name":"no id"}],"total_count":1,"has_more":false}`:        true,
	} {
		page, err := ContactsPage(t.Context(), serve(t, say(200, `{"data":[{"id":"c","tags":`+list+`}],"pages":{}}`)), 1, "")
		if err != nil || len(page.Contacts) != 1 || page.Contacts[0].TagsHasMore != more {
			t.Errorf("%s: %+v, %v", list, page, err)
		}
	}
}

func TestPagesThatCannotBeFollowed(t *testing.T) {
	for name, body := range map[string]string{
		"next without cursor": `{"data":[],"pages":{"next":{"page":2}}}`,
		"next is a text":      `{"data":[],"pages":{"next":"https://api.intercom.io/contacts?page=2"}}`,
		"contact without id":  `{"data":[{"name":"x"}],"pages":{}}`,
		"no data":             `{"pages":{}}`,
	} {
		_, last := ContactsPage(t.Context(), serve(t, say(200, body)), 1, "")
		var e *intercom.Error
		if !errors.As(last, &e) || e.Transient() {
			t.Errorf("%s: got %v", name, last)
		}
	}
}

func TestSearch(t *testing.T) {
	var asked []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Query      struct{ Field, Operator, Value string }
			Pagination struct {
				PerPage int    `json:"per_page"`
				After   string `json:"starting_after"`
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || r.Method != "POST" || r.URL.RequestURI() != "/contacts/search" {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		asked = append(asked, fmt.Sprint(q))
		if q.Pagination.After == "" {
			say(200, `{"data":[{"id":"1"},{"id":"2"}],"pages":{"next":{"starting_after":"x"}}}`)(w, r)
			return
		}
		say(200, `{"data":[{"id":"3"}],"pages":{}}`)(w, r)
	})
	var got []string
	for after := ""; len(asked) < 2; {
		page, err := SearchPage(t.Context(), c, "segment_id", "s1", MaxPerPage, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Contacts {
			got = append(got, c.ID)
		}
		after = page.Next
	}
	if !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("got %v", got)
	}
	if want := []string{"{{segment_id = s1} {150 }}", "{{segment_id = s1} {150 x}}"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q", asked)
	}
}

// A search that the servers take too long over is repeated with smaller pages,
// from the same cursor.
func TestSearchShrinksItsPages(t *testing.T) {
	var sizes []int
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Pagination struct {
				PerPage int    `json:"per_page"`
				After   string `json:"starting_after"`
			}
		}
		json.NewDecoder(r.Body).Decode(&q)
		sizes = append(sizes, q.Pagination.PerPage)
		switch {
		case q.Pagination.After != "cur":
			t.Errorf("the cursor became %q", q.Pagination.After)
		case len(sizes) < 8:
			[]http.HandlerFunc{say(500, ""), say(502, "<html>"), say(503, ""), say(504, ""), stalls, hangUp, say(504, "")}[len(sizes)-1](w, r)
		default:
			say(200, `{"data":[],"pages":{}}`)(w, r)
		}
	}, func(t *testing.T, c *intercom.Client) {
		if _, err := SearchPage(t.Context(), c, "segment_id", "s", 150, "cur"); err != nil {
			t.Fatal(err)
		}
		if want := []int{150, 75, 37, 18, 9, 4, 4, 2}; !slices.Equal(sizes, want) {
			t.Errorf("pages of %v", sizes)
		}
	})
}

func at(epoch int64) time.Time { return time.Unix(epoch, 0).UTC() }

func TestCompanies(t *testing.T) {
	page := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		want := "/companies/scroll"
		if page > 0 {
			want += "?scroll_param=p+1"
		}
		if r.URL.RequestURI() != want {
			t.Errorf("asked for %s, want %s", r.RequestURI, want)
		}
		page++
		say(200, []string{
			`{"type":"list","pages":null,"total_count":null,"scroll_param":"p 1","data":[
				{"id":"1","company_id":"own","name":"Acme","created_at":1700000000,"updated_at":1700000001,"monthly_spend":12.5,"user_count":4,
				 "plan":{"type":"plan","id":"9","name":"Pro"},"custom_attributes":{"a":1},
				 "tags":{"type":"tag.list","tags":[{"id":"t1"},{"id":"t2"}]},"segments":{"type":"segment.list","segments":[{"id":"s1"}]}}]}`,
			`{"scroll_param":"p 1","data":[{"id":2,"plan":"Free","monthly_spend":null,"tags":{},"segments":null}]}`,
			`{"scroll_param":"p 1","data":[{"id":"3","plan":{}}]}`,
			`{"scroll_param":"p 1","data":[]}`,
		}[page-1])(w, r)
	})
	var got []Company
	for param := ""; ; {
		p, err := ScrollPage(t.Context(), c, param)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Companies) == 0 {
			break
		}
		got, param = append(got, p.Companies...), p.Param
	}
	want := []Company{
		{
			ID: "1", CompanyID: "own", Name: "Acme", CreatedAt: at(1700000000), UpdatedAt: at(1700000001), MonthlySpend: new(12.5), UserCount: new(int64(4)),
			Plan: "Pro", CustomAttributes: json.RawMessage(`{"a":1}`), Tags: []string{"t1", "t2"}, Segments: []CompanySegment{{ID: "s1"}},
			TagsTold: Given, SegmentsTold: Given,
		},
		{ID: "2", Plan: "Free", TagsTold: Given, SegmentsTold: Null},
		{ID: "3"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// Within a scroll a lost answer is a lost page: asking again would skip it.
func TestAScrollIsNeverRepeatedAfterALostAnswer(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault http.HandlerFunc
		lost  bool
	}{
		{"reset", hangUp, true},
		{"500", say(500, envelope("server_error", "Request failed due to an internal network error. Please restart the scroll operation.")), true},
		{"502", say(502, "<html>"), true},
		{"cut-off JSON", say(200, `{"data":[{"id"`), true},
		{"empty", say(200, ``), true},
		{"404", say(404, envelope("not_found", "scroll parameter not found")), true},
		{"stall", stalls, true},
		{"401", say(401, envelope("unauthorized", "Access Token Invalid")), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seen clock
			inBubble(t, seen.Then(tt.fault), func(t *testing.T, c *intercom.Client) {
				_, err := ScrollPage(t.Context(), c, "p")
				scroll, ok := errors.AsType[*ScrollError](err)
				if err == nil || (ok && scroll.Lost) != tt.lost || len(seen.At) != 1 && tt.lost {
					t.Errorf("%d requests, %v", len(seen.At), err)
				}
			})
		})
	}
}

func TestAScrollIsRepeatedWhenItWasTurnedAway(t *testing.T) {
	limited := say(429, envelope("rate_limit_exceeded", "Exceeded rate limit of 167 in 10_seconds"), "Retry-After", "4")
	var seen clock
	inBubble(t, seen.Then(answers(limited, say(200, `{"data":[],"scroll_param":"p"}`))), func(t *testing.T, c *intercom.Client) {
		p, err := ScrollPage(t.Context(), c, "p")
		if err != nil || len(p.Companies) != 0 || p.Param != "p" || !between(seen.Gaps()[0], 4*time.Second, 5*time.Second) {
			t.Errorf("got %+v, %v after %v", p, err, seen.Gaps())
		}
	})
}

func TestOpeningAScroll(t *testing.T) {
	for _, h := range []http.HandlerFunc{
		say(400, envelope("scroll_exists", "scroll already exists for this workspace")),
		say(400, envelope("bad_request", "scroll already exists for this workspace")),
		say(400, ""),
		say(409, "<html>"),
	} {
		_, err := ScrollPage(t.Context(), serve(t, h), "")
		if scroll, ok := errors.AsType[*ScrollError](err); !ok || !scroll.Exists || scroll.Lost {
			t.Errorf("got %v", err)
		}
	}
	_, err := ScrollPage(t.Context(), serve(t, say(200, `{"data":[{"id":"1"}]}`)), "")
	if err == nil || !strings.Contains(err.Error(), "no scroll_param") {
		t.Errorf("got %v", err)
	}
	var seen clock
	inBubble(t, seen.Then(answers(say(502, ""), say(200, `{"data":[],"scroll_param":"p"}`))), func(t *testing.T, c *intercom.Client) {
		if _, err := ScrollPage(context.Background(), c, ""); err != nil || len(seen.At) != 2 {
			t.Errorf("%d requests, %v", len(seen.At), err)
		}
	})
}

// A contact's id is a row's value: it is in the address of a call, and in no error and
// no log, though Intercom repeats it.
func TestIDsOfRowsStayOut(t *testing.T) {
	const id = "Zebra-7731"
	var log bytes.Buffer
	server := httptest.NewServer(say(http.StatusNotFound, envelope("not_found", "there is no "+id)))
	defer server.Close()
	c := client(t, intercom.Config{
		BaseURL: server.URL, Timeouts: intercom.Timeouts{Retry: -1}, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	_, _, err := ContactTags(t.Context(), c, id, 0)
	if err == nil || !strings.Contains(err.Error(), "there is no …") || strings.Contains(err.Error(), "Zebra") {
		t.Errorf("got %v", err)
	}
	if text := log.String(); !strings.Contains(text, "/contacts/…/tags") || strings.Contains(text, "Zebra") {
		t.Errorf("logged %s", text)
	}
}
