package sandbox

import (
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// body is the answer to a GET as text; the status must be 200.
func (x *trial) body(path string) string {
	x.t.Helper()
	status, text := x.c.call("GET", path, "")
	if status != http.StatusOK {
		x.t.Fatalf("GET %s: %d %s", path, status, text)
	}
	return string(text)
}

// anything is an answer as JSON has it.
func (x *trial) anything(path string) map[string]any {
	x.t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(x.body(path)), &v); err != nil {
		x.t.Fatal(err)
	}
	return v
}

// contactIDs walks all contacts in pages of fifty.
func (x *trial) contactIDs() (ids []string) {
	x.t.Helper()
	for _, c := range x.c.contacts(50).Data {
		ids = append(ids, c.ID)
	}
	return ids
}

func count[A, B any](pairs iter.Seq2[A, B]) (n int) {
	for range pairs {
		n++
	}
	return n
}

// inPages follows pages.next from a path on and returns how many items each
// page has.
func (x *trial) inPages(path, holder string) (sizes []int) {
	x.t.Helper()
	for next := path; next != ""; {
		v := x.anything(next)
		items, _ := v[holder].([]any)
		sizes = append(sizes, len(items))
		pages, _ := v["pages"].(map[string]any)
		switch to := pages["next"].(type) {
		case string:
			next = strings.TrimPrefix(to, x.c.base)
		case map[string]any:
			after, _ := to["starting_after"].(string)
			next = path + "?starting_after=" + url.QueryEscape(after)
		default:
			next = ""
		}
	}
	return sizes
}

// tagged is a contact with more than ten tags.
func (x *trial) tagged() (id string, tags int) {
	x.t.Helper()
	counts := map[string]int{}
	for contact := range x.s.TruthMembership().ContactTags {
		if counts[contact]++; counts[contact] > tags {
			id, tags = contact, counts[contact]
		}
	}
	if tags <= 10 {
		x.t.Fatalf("no contact has more than ten tags")
	}
	return id, tags
}

func peopleTimesTest(want func(created any) bool) func(*trial) {
	return func(x *trial) {
		for _, path := range []string{"/contacts?per_page=50", "/companies/scroll", "/segments"} {
			v := x.anything(path)
			items, _ := v["data"].([]any)
			if items == nil {
				items, _ = v["segments"].([]any)
			}
			met := 0
			for _, item := range items {
				fields, _ := item.(map[string]any)
				if want(fields["created_at"]) {
					met++
				}
			}
			x.want(met > 0, "%s: no time has the form: %.400v", path, items)
		}
	}
}

func listTest(contact, company, tags, segments string) func(*trial) {
	return func(x *trial) {
		for path, want := range map[string]string{
			"/contacts?per_page=50": contact, "/companies?per_page=50": company, "/tags": tags, "/segments": segments,
		} {
			x.want(strings.Contains(x.body(path), want), "%s has no %s: %.500s", path, want, x.body(path))
		}
	}
}

func largeTest(status int) func(*trial) {
	return func(x *trial) {
		for _, call := range []struct{ method, path, body string }{
			{"GET", "/contacts?per_page=%", ""},
			{"POST", "/contacts/search", `{"query":{"field":"role","operator":"=","value":"user"},"pagination":{"per_page":%}}`},
			{"POST", "/companies/list?per_page=%", ""},
		} {
			for size, want := range map[string]int{"21": status, "20": 200} {
				got, text := x.c.call(call.method, strings.Replace(call.path, "%", size, 1), strings.Replace(call.body, "%", size, 1))
				x.want(got == want, "%s with pages of %s: %d %.200s", call.path, size, got, text)
			}
		}
	}
}

func totalTest(want func(total any, there bool) bool) func(*trial) {
	return func(x *trial) {
		for _, path := range []string{"/contacts", "/companies"} {
			v := x.anything(path)
			total, there := v["total_count"]
			x.want(want(total, there), "%s: total_count %v, there: %v", path, total, there)
		}
	}
}

// firstSegment searches for the contacts of the first segment.
func (x *trial) firstSegment(id string) (int, string) {
	x.t.Helper()
	status, text := x.c.call("POST", "/contacts/search", searchFor("segment_id", id, "", 50))
	return status, string(text)
}

func openTest(code string) func(*trial) {
	return func(x *trial) {
		for range 3 {
			status, text := x.c.call("GET", "/companies/scroll", "")
			x.want(status == 400 && strings.Contains(string(text), `"code":"`+code+`"`) && strings.Contains(string(text), "scroll already exists"), "%d %s", status, text)
		}
		x.want(len(x.c.scrolled().Data) == len(set(x.s.TruthMembership().Companies)), "the fourth does not scroll over all")
	}
}

var (
	_ = testDialect("order-moves", func(x *trial) {
		all := set(x.s.TruthMembership().Contacts)
		first := x.contactIDs()
		x.want(len(set(slices.Values(first))) < len(all), "the first walk met all %d", len(all))
		second := x.contactIDs()
		x.want(len(set(slices.Values(second))) == len(all) && len(second) > len(all), "the second walk met %d of %d in %d", len(set(slices.Values(second))), len(all), len(second))
	})
	_ = testDialect("segments-paged", func(x *trial) {
		x.want(slices.Equal(x.inPages("/segments", "segments"), []int{3, 3, 2}), "pages of %v", x.inPages("/segments", "segments"))
	})
	_ = testDialect("tags-paged", func(x *trial) {
		x.want(slices.Equal(x.inPages("/tags", "data"), []int{5, 5, 5, 5, 5, 5, 5, 5}), "pages of %v", x.inPages("/tags", "data"))
	})
	_ = testDialect("contact-tags-paged", func(x *trial) {
		id, tags := x.tagged()
		sum, sizes := 0, x.inPages("/contacts/"+id+"/tags", "data")
		for _, n := range sizes {
			sum += n
		}
		x.want(sum == tags && sizes[0] == 5, "%d tags in pages of %v", tags, sizes)
	})
	_ = testDialect("ids-numbers", func(x *trial) {
		x.want(strings.Contains(x.body("/tags"), `"id":7508100`), "ids are strings: %.200s", x.body("/tags"))
	})
	_ = testDialect("items-twice", func(x *trial) {
		ids, tags := x.contactIDs(), x.anything("/tags")["data"].([]any)
		x.want(ids[0] == ids[1] && len(set(slices.Values(ids))) == len(set(x.s.TruthMembership().Contacts)), "contacts begin %q", ids[:2])
		x.want(len(tags) == 41, "%d tags", len(tags))
	})
	_ = testDialect("half-surrogates", func(x *trial) {
		x.want(strings.Contains(x.body("/contacts"), `\ud83d","`) && json.Valid([]byte(x.body("/contacts"))), "no half: %.500s", x.body("/contacts"))
	})
	_ = testDialect("nul", func(x *trial) {
		x.want(strings.Contains(x.body("/companies/scroll"), `\u0000","`), "no NUL")
	})
	_ = testDialect("people-times-ms", peopleTimesTest(func(v any) bool { n, _ := v.(float64); return n > 1e12 && n < 1e13 }))
	_ = testDialect("people-times-us", peopleTimesTest(func(v any) bool { n, _ := v.(float64); return n > 1e15 && n < 1e16 }))
	_ = testDialect("people-times-digits", peopleTimesTest(func(v any) bool {
		text, _ := v.(string)
		_, err := strconv.ParseInt(text, 10, 64)
		return err == nil
	}))
	_ = testDialect("people-times-text", peopleTimesTest(func(v any) bool {
		text, _ := v.(string)
		_, err := time.Parse(time.RFC3339, text)
		return err == nil
	}))
	_ = testDialect("people-times-garbage", func(x *trial) {
		text := x.body("/contacts?per_page=50")
		x.want(strings.Contains(text, `_at":"yesterday"`) && strings.Contains(text, `_at":1`), "times: %.500s", text)
	})
	_ = testDialect("lists-data", listTest(`"tags":{"data":[`, `"segments":{"data":[`, `{"data":[`, `{"data":[{"created_at"`))
	_ = testDialect("lists-named", listTest(`"tags":{"has_more":false,"tags":[`, `"segments":{"segments":[`, `{"tags":[{`, `{"segments":[{`))
	_ = testDialect("lists-array", func(x *trial) {
		listTest(`"tags":[`, `"segments":[`, `[{"id":"7508100"`, `[{"created_at"`)(x)
		id, tags := x.tagged()
		v := x.anything("/contacts/" + id)
		x.want(len(v["tags"].([]any)) == tags, "%d of %d tags", len(v["tags"].([]any)), tags)
	})
	_ = testDialect("lists-null", listTest(`"tags":null`, `"segments":null`, `[{"id":"7508100"`, `"segments":[{`))
	_ = testDialect("has-more-text", func(x *trial) {
		id, _ := x.tagged()
		x.want(strings.Contains(x.body("/contacts/"+id), `"has_more":"true"`), "has_more is another: %s", x.body("/contacts/"+id))
	})
	_ = testDialect("has-more-number", func(x *trial) {
		id, _ := x.tagged()
		x.want(strings.Contains(x.body("/contacts/"+id), `"has_more":1`), "has_more is another: %s", x.body("/contacts/"+id))
	})
	_ = testDialect("segments-company-refused", func(x *trial) {
		status, text := x.c.call("GET", "/segments?type=company", "")
		x.want(status == 400 && len(x.anything("/segments")["segments"].([]any)) == 8, "%d %s", status, text)
	})
	_ = testDialect("segments-company-hidden", func(x *trial) {
		for _, path := range []string{"/segments", "/segments?type=company"} {
			x.want(len(x.anything(path)["segments"].([]any)) == 6, "%s: %s", path, x.body(path))
		}
		x.want(strings.Contains(x.body("/companies/scroll"), x.s.TruthMembership().CompanySegmentIDs[0]), "no company names it")
	})
	_ = testDialect("segments-company-needed", func(x *trial) {
		people, companies := x.anything("/segments")["segments"].([]any), x.body("/segments?type=company")
		x.want(len(people) == 6 && strings.Count(companies, `"person_type":"company"`) == 2, "%d segments of people; %s", len(people), companies)
	})
	_ = testDialect("segment-search-404", func(x *trial) {
		m := x.s.TruthMembership()
		id := m.ContactSegmentIDs[0]
		status, _ := x.firstSegment(id)
		x.want(status == 404 && strings.Contains(x.body("/segments"), id), "status %d", status)
		x.want(slices.Equal(m.Unproven, []string{id}) && !pairSet(m.ContactSegments)[[2]string{firstOfSegment(x, id), id}], "the truth has it: %q", m.Unproven)
		status, _ = x.firstSegment(m.ContactSegmentIDs[1])
		x.want(status == 200 && count(m.ContactSegments) > 0, "another segment: %d", status)
	})
	_ = testDialect("segment-search-gone", func(x *trial) {
		id := x.s.TruthMembership().ContactSegmentIDs[0]
		x.want(strings.Contains(x.body("/segments"), id), "gone too early")
		status, _ := x.firstSegment(id)
		x.want(status == 404 && !strings.Contains(x.body("/segments"), id), "status %d, or still listed", status)
		m := x.s.TruthMembership()
		x.want(len(m.Unproven) == 0 && !slices.Contains(m.ContactSegmentIDs, id), "the truth has it still")
	})
	_ = testDialect("segment-search-400", func(x *trial) {
		m := x.s.TruthMembership()
		status, text := x.firstSegment(m.ContactSegmentIDs[0])
		x.want(status == 400 && len(m.Unproven) == 0, "%d %s", status, text)
	})
	_ = testDialect("pages-too-large-500", largeTest(500))
	_ = testDialect("pages-too-large-502", largeTest(502))
	_ = testDialect("pages-too-large-503", largeTest(503))
	_ = testDialect("pages-too-large-504", largeTest(504))
	_ = testDialect("total-count-null", totalTest(func(total any, there bool) bool { return there && total == nil }))
	_ = testDialect("total-count-absent", totalTest(func(_ any, there bool) bool { return !there }))
	_ = testDialect("total-count-10000", totalTest(func(total any, _ bool) bool { return total == 10_000. }))
	_ = testDialect("scroll-end-404", func(x *trial) {
		var sizes []int
		status, last := x.scrollOn(func(p companyPage) { sizes = append(sizes, len(p.Data)) })
		x.want(slices.Equal(sizes, []int{100, 100, len(set(x.s.TruthMembership().Companies)) - 200}) && status == 404, "pages of %v, then %d %s", sizes, status, last)
	})
	_ = testDialect("scroll-end-repeats", func(x *trial) {
		var firsts []string
		x.scrollOn(func(p companyPage) { firsts = append(firsts, p.Data[0].ID) })
		x.want(len(firsts) == 4 && firsts[2] == firsts[3] && firsts[1] != firsts[2], "pages begin with %q", firsts)
	})
	_ = testDialect("scroll-none", func(x *trial) {
		status, text := x.c.call("GET", "/companies/scroll", "")
		x.want(status == 404, "%d %s", status, text)
		var p companyPage
		x.c.get(&p, "POST", "/companies/list?per_page=60", "")
		x.want(*p.Total == len(set(x.s.TruthMembership().Companies)), "the list has %d companies", *p.Total)
	})
	_ = testDialect("scroll-open", openTest("scroll_exists"))
	_ = testDialect("scroll-open-bare", openTest("bad_request"))
	_ = testDialect("scroll-taken", takenTest("scroll_exists"))
	_ = testDialect("scroll-taken-bare", takenTest("bad_request"))
)

// takenTest: the scroll is refused each time, and the list has every company.
func takenTest(code string) func(*trial) {
	return func(x *trial) {
		for range 70 {
			status, text := x.c.call("GET", "/companies/scroll", "")
			x.want(status == 400 && strings.Contains(string(text), code), "%d %s", status, text)
		}
		var page struct {
			Total int `json:"total_count"`
		}
		x.c.get(&page, "POST", "/companies/list?page=1&per_page=1", "")
		all := 0
		for range x.s.TruthMembership().Companies {
			all++
		}
		x.want(page.Total == all && all > 200, "the list has %d of %d", page.Total, all)
	}
}

// firstOfSegment is a contact that the contact's own page says is in a segment.
func firstOfSegment(x *trial, segment string) string {
	x.t.Helper()
	for _, id := range x.contactIDs() {
		if strings.Contains(x.body("/contacts/"+id+"/segments"), segment) {
			return id
		}
	}
	x.t.Fatalf("nobody is in segment %s", segment)
	return ""
}

// scrollOn scrolls until an answer is no page, at most ten times.
func (x *trial) scrollOn(page func(companyPage)) (status int, last string) {
	x.t.Helper()
	param := ""
	for range 10 {
		status, text := x.c.call("GET", "/companies/scroll"+param, "")
		if status != http.StatusOK {
			return status, string(text)
		}
		var p companyPage
		if err := json.Unmarshal(text, &p); err != nil {
			x.t.Fatal(err)
		}
		page(p)
		param = "?scroll_param=" + p.Param
	}
	return 0, ""
}

func forbiddenTest(status int, code string) func(*trial) {
	return func(x *trial) {
		l := x.list()
		last := l.Data[len(l.Data)-1].ID
		got, text := x.refused(last, l.keys(last)[0])
		x.want(got == status && strings.Contains(text, code), "%d %s", got, text)
		got, text = x.refused("call", callID)
		x.want(got == 200, "another dataset: %d %s", got, text)
		x.body("/me")
	}
}

func withheldTest(withheld ...string) func(*trial) {
	return func(x *trial) {
		for _, path := range []string{"/segments", "/tags", "/contacts", "/companies", "/companies/scroll"} {
			want := 200
			if slices.Contains(withheld, path) {
				want = 403
			}
			got, text := x.c.call("GET", path, "")
			x.want(got == want, "%s: %d %.200s", path, got, text)
		}
	}
}

var (
	_ = testDialect("dataset-forbidden-402", forbiddenTest(402, "api_plan_restricted"))
	_ = testDialect("dataset-forbidden-403", forbiddenTest(403, "forbidden"))
	_ = testDialect("dataset-forbidden-401", forbiddenTest(401, "unauthorized"))
	_ = testDialect("segments-forbidden", withheldTest("/segments"))
	_ = testDialect("tags-forbidden", withheldTest("/tags"))
	_ = testDialect("contacts-forbidden", withheldTest("/contacts"))
	_ = testDialect("companies-forbidden", withheldTest("/companies", "/companies/scroll"))
	_ = testDialect("scope-401", func(x *trial) {
		x.s, x.c = serve(x.t, Options{Scopes: []string{ScopeReporting}, Dialect: []string{"scope-401"}})
		got, text := x.c.call("GET", "/tags", "")
		x.want(got == 401 && strings.Contains(string(text), "required scope"), "%d %s", got, text)
	})
	_ = testDialect("budget-eaten", func(x *trial) {
		var got []int
		for range 6 {
			status, _ := x.c.call("GET", "/me", "")
			got = append(got, status)
			x.clock = x.clock.Add(10 * time.Second)
		}
		x.want(slices.Equal(got, []int{200, 429, 429, 200, 429, 429}), "every ten seconds: %v", got)
	})
	_ = testDialect("slots-taken", func(x *trial) {
		var got []int
		for range 6 {
			status, _ := x.refused("call", callID)
			got = append(got, status)
			x.clock = x.clock.Add(time.Minute)
		}
		x.want(slices.Equal(got, []int{200, 200, 429, 200, 200, 429}), "every minute: %v", got)
	})
	_ = testDialect("pace-date", paceTest(func(h http.Header) bool {
		until, err := http.ParseTime(h.Get("Retry-After"))
		return err == nil && until.After(morning) && until.Before(morning.Add(11*time.Second)) && h.Get("X-RateLimit-Reset") == ""
	}))
	_ = testDialect("pace-past", paceTest(func(h http.Header) bool {
		return h.Get("X-RateLimit-Reset") < strconv.FormatInt(morning.Unix(), 10) && h.Get("Retry-After") == ""
	}))
	_ = testDialect("pace-ms", paceTest(func(h http.Header) bool {
		return len(h.Get("X-RateLimit-Reset")) == 13 && h.Get("Retry-After") == ""
	}))
	_ = testDialect("version-needed", func(x *trial) {
		j := x.c.enqueued("call", morning.Add(-day), morning, callID)
		for version, want := range map[string]int{"2.16": 200, "": 400} {
			answer, body := x.c.downloaded(j.ID, "Intercom-Version", version)
			x.want(answer.StatusCode == want, "version %q: %d %.200s", version, answer.StatusCode, body)
		}
	})
	_ = testDialect("region-elsewhere", func(x *trial) {
		got, text := x.c.call("GET", "/me", "")
		x.want(got == 403 && strings.Contains(string(text), "hosted in"), "%d %s", got, text)
	})
)

// paceTest: one call in five is refused, with headers of a form.
func paceTest(form func(http.Header) bool) func(*trial) {
	return func(x *trial) {
		refused := 0
		for range 10 {
			answer, err := x.c.do("GET", "/me", "")
			if err != nil {
				x.t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusTooManyRequests {
				refused++
				x.want(form(answer.Header), "headers: %v", answer.Header)
			}
		}
		x.want(refused == 2, "%d of ten calls are refused", refused)
	}
}
