package sandbox

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"
)

type contactPage struct {
	Data []struct {
		ID   string
		Role string
		Tags struct {
			Data    []struct{ ID string }
			Total   int  `json:"total_count"`
			HasMore bool `json:"has_more"`
		}
	}
	Total int `json:"total_count"`
	Pages struct {
		Next *struct {
			After string `json:"starting_after"`
		}
	}
}

// walk reads every page of a list of contacts.
func (c *client) walk(page func(after string) (method, path, body string)) (all contactPage) {
	c.t.Helper()
	after := ""
	for {
		var p contactPage
		method, path, body := page(after)
		c.get(&p, method, path, body)
		all.Data, all.Total = append(all.Data, p.Data...), p.Total
		if p.Pages.Next == nil {
			return all
		}
		after = p.Pages.Next.After
	}
}

func (c *client) contacts(perPage int) contactPage {
	c.t.Helper()
	return c.walk(func(after string) (string, string, string) {
		return "GET", fmt.Sprintf("/contacts?per_page=%d&starting_after=%s", perPage, after), ""
	})
}

func searchFor(field, value, after string, perPage int) string {
	text, err := json.Marshal(map[string]any{
		"query":      map[string]any{"field": field, "operator": "=", "value": value},
		"pagination": map[string]any{"per_page": perPage, "starting_after": after},
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (c *client) search(field, value string) contactPage {
	c.t.Helper()
	return c.walk(func(after string) (string, string, string) {
		return "POST", "/contacts/search", searchFor(field, value, after, 150)
	})
}

type companyPage struct {
	Data []struct {
		ID       string
		Tags     struct{ Tags []struct{ ID string } }
		Segments struct{ Segments []struct{ ID string } }
	}
	Param string `json:"scroll_param"`
	Total *int   `json:"total_count"`
}

// scrolled reads a whole scroll.
func (c *client) scrolled() (all companyPage) {
	c.t.Helper()
	for {
		var p companyPage
		c.get(&p, "GET", "/companies/scroll?scroll_param="+all.Param, "")
		if len(p.Data) == 0 {
			return all
		}
		if all.Param != "" && p.Param != all.Param {
			c.t.Fatalf("the scroll parameter changed from %s to %s", all.Param, p.Param)
		}
		all.Param, all.Data = p.Param, append(all.Data, p.Data...)
	}
}

func set[T comparable](items iter.Seq[T]) map[T]bool {
	all := map[T]bool{}
	for item := range items {
		all[item] = true
	}
	return all
}

func pairSet(pairs iter.Seq2[string, string]) map[[2]string]bool {
	all := map[[2]string]bool{}
	for a, b := range pairs {
		all[[2]string{a, b}] = true
	}
	return all
}

// A plain reader of every endpoint finds the truth, at the epoch and after
// ninety days.
func TestMembershipIsTheTruth(t *testing.T) {
	clock := morning
	s, c := serve(t, Options{Now: func() time.Time { return clock }, Epoch: morning, Contacts: 700, Companies: 230, Tags: 24})
	for _, after := range []time.Duration{0, 17 * day, 90 * day} {
		clock = morning.Add(after)
		truth := s.TruthMembership()
		all := c.contacts(150)
		ids, tags := map[string]bool{}, map[[2]string]bool{}
		for _, contact := range all.Data {
			ids[contact.ID] = true
			embedded := contact.Tags.Data
			if contact.Tags.HasMore != (contact.Tags.Total > 10) || len(embedded) != min(contact.Tags.Total, 10) {
				t.Fatalf("%d tags embedded of %d, has_more %v", len(embedded), contact.Tags.Total, contact.Tags.HasMore)
			}
			if contact.Tags.HasMore {
				var list struct{ Data []struct{ ID string } }
				c.get(&list, "GET", "/contacts/"+contact.ID+"/tags", "")
				embedded = list.Data
			}
			for _, tag := range embedded {
				tags[[2]string{contact.ID, tag.ID}] = true
			}
		}
		check := func(what string, got, want map[[2]string]bool) {
			t.Helper()
			if !maps.Equal(got, want) || len(want) == 0 {
				t.Errorf("after %v: %s: %d found, %d in the truth", after, what, len(got), len(want))
			}
		}
		if want := set(truth.Contacts); !maps.Equal(ids, want) || all.Total != len(want) {
			t.Errorf("after %v: %d contacts found, total_count %d, %d in the truth", after, len(ids), all.Total, len(want))
		}
		check("contact tags", tags, pairSet(truth.ContactTags))

		inSegments := map[[2]string]bool{}
		var list struct {
			Segments []struct {
				ID    string
				Count int
			}
		}
		c.get(&list, "GET", "/segments?include_count=true", "")
		for _, segment := range list.Segments {
			found := c.search("segment_id", segment.ID)
			if found.Total != segment.Count || len(found.Data) != segment.Count {
				t.Errorf("segment %s counts %d, search found %d of %d", segment.ID, segment.Count, len(found.Data), found.Total)
			}
			for _, contact := range found.Data {
				inSegments[[2]string{contact.ID, segment.ID}] = true
			}
		}
		check("contact segments", inSegments, pairSet(truth.ContactSegments))

		companies, companyTags, companySegments := map[string]bool{}, map[[2]string]bool{}, map[[2]string]bool{}
		for _, company := range c.scrolled().Data {
			companies[company.ID] = true
			for _, tag := range company.Tags.Tags {
				companyTags[[2]string{company.ID, tag.ID}] = true
			}
			for _, segment := range company.Segments.Segments {
				companySegments[[2]string{company.ID, segment.ID}] = true
			}
		}
		if want := set(truth.Companies); !maps.Equal(companies, want) {
			t.Errorf("after %v: %d companies found, %d in the truth", after, len(companies), len(want))
		}
		check("company tags", companyTags, pairSet(truth.CompanyTags))
		check("company segments", companySegments, pairSet(truth.CompanySegments))
	}
}

// Ninety days tell a story: segments grow and shrink, people come and go,
// campaigns give tags.
func TestMembershipEvolves(t *testing.T) {
	clock := morning
	s := New(Options{Now: func() time.Time { return clock }, Epoch: morning})
	sizes := func(segment string) (sizes []int) {
		for d := 0; d <= 90; d += 30 {
			clock = morning.Add(time.Duration(d) * day)
			n := 0
			for _, id := range s.TruthMembership().ContactSegments {
				if id == segment {
					n++
				}
			}
			sizes = append(sizes, n)
		}
		return sizes
	}
	ids := s.TruthMembership().ContactSegmentIDs
	named := map[string]string{}
	for i := range int64(len(ids)) {
		named[s.people.People.Segment(i).Name] = ids[i]
	}
	paying, churned := sizes(named["Paying"]), sizes(named["Churned"])
	if !slices.IsSorted(churned) || churned[0] != 0 || churned[3] < 50 {
		t.Errorf("churned contacts every thirty days: %v, want them to grow from none", churned)
	}
	if paying[0] < 100 || paying[3] < 100 {
		t.Errorf("paying contacts every thirty days: %v, want a hundred and more", paying)
	}
	before, after := 0, 0
	clock = morning
	for range s.TruthMembership().ContactTags {
		before++
	}
	first := set(s.TruthMembership().Contacts)
	clock = morning.Add(90 * day)
	for range s.TruthMembership().ContactTags {
		after++
	}
	last, left := set(s.TruthMembership().Contacts), 0
	for id := range first {
		if !last[id] {
			left++
		}
	}
	if joined := len(last) - len(first) + left; after <= before || left < 20 || joined < 100 {
		t.Errorf("tags %d then %d, %d contacts left, %d joined: not much of a story", before, after, left, joined)
	}
}

func TestScrollLife(t *testing.T) {
	clock, foreign := morning, false
	_, c := serve(t, Options{
		Now: func() time.Time { return clock }, Epoch: morning, Companies: 250,
		ForeignScroll: func(time.Time) bool { return foreign },
	})
	expect := func(what, param string, status int, message string) companyPage {
		t.Helper()
		got, text := c.call("GET", "/companies/scroll?scroll_param="+param, "")
		var e envelope
		var p companyPage
		_ = json.Unmarshal(text, &e)
		_ = json.Unmarshal(text, &p)
		if got != status || (message != "" && (len(e.Errors) != 1 || e.Errors[0].Message != message)) {
			t.Fatalf("%s: %d %s", what, got, text)
		}
		return p
	}
	const exists, lost = "scroll already exists for this workspace", "scroll parameter not found"
	first := expect("begin", "", 200, "")
	if len(first.Data) != 100 || first.Total != nil {
		t.Errorf("first page: %d companies, total_count %v", len(first.Data), first.Total)
	}
	expect("a second scroll", "", 400, exists)
	clock = clock.Add(time.Minute)
	if again := expect("just in time", first.Param, 200, ""); again.Param != first.Param {
		t.Errorf("the parameter changed from %s to %s", first.Param, again.Param)
	}
	clock = clock.Add(time.Minute + time.Second)
	expect("idle for too long", first.Param, 404, lost)
	second := expect("begin anew", "", 200, "")
	foreign = true
	expect("another integration's scroll", second.Param, 404, lost)
	expect("while that is open", "", 400, exists)
	foreign = false
	third := expect("begin once more", "", 200, "")
	for _, want := range []int{100, 50, 0} {
		if got := len(expect("read on", third.Param, 200, "").Data); got != want {
			t.Errorf("a page of %d companies, want %d", got, want)
		}
	}
	expect("after the empty page", third.Param, 404, lost)
	expect("the way is free", "", 200, "")
}

func TestScrollLingers(t *testing.T) {
	_, c := serve(t, Options{Now: at(morning), Companies: 20, ScrollLingers: true})
	c.scrolled()
	if status, _ := c.call("GET", "/companies/scroll", ""); status != http.StatusBadRequest {
		t.Errorf("a scroll right after another: status %d, want 400", status)
	}
}

func TestShiftingPages(t *testing.T) {
	shift := 0
	_, c := serve(t, Options{
		Now: at(morning), Epoch: morning, Contacts: 100, Companies: 50, PageShift: func(Request) int { return shift },
	})
	for _, test := range []struct{ shift, wantRead int }{{0, 100}, {3, 109}, {-2, 94}} {
		shift = test.shift
		if got := len(c.contacts(30).Data); got != test.wantRead {
			t.Errorf("shift %d: %d contacts read, want %d", test.shift, got, test.wantRead)
		}
	}
}

func TestCompanyLists(t *testing.T) {
	s, c := serve(t, Options{Now: at(morning), Companies: 11_000})
	var p struct {
		Data []struct {
			ID    string
			Users int `json:"user_count"`
		}
		Total int `json:"total_count"`
		Pages struct{ Next *string }
	}
	c.get(&p, "POST", "/companies/list?per_page=60&page=166", "")
	if len(p.Data) != 60 || p.Pages.Next == nil || p.Total < 10_500 || p.Total >= len(set(s.TruthMembership().Companies)) {
		t.Errorf("page 166: %d companies of %d, next %v", len(p.Data), p.Total, p.Pages.Next)
	}
	for _, company := range p.Data {
		if company.Users == 0 {
			t.Errorf("%s has no users and is listed", company.ID)
		}
	}
	truth := s.TruthMembership()
	count := func(pairs iter.Seq2[string, string], of string) (n int) {
		for _, id := range pairs {
			if id == of {
				n++
			}
		}
		return n
	}
	c.get(&p, "GET", "/companies?segment_id="+truth.CompanySegmentIDs[0], "")
	if want := count(truth.CompanySegments, truth.CompanySegmentIDs[0]); p.Total != want || want == 0 {
		t.Errorf("companies by segment: total_count %d, want %d", p.Total, want)
	}
	c.get(&p, "GET", "/companies?tag_id="+truth.TagIDs[0], "")
	if want := count(truth.CompanyTags, truth.TagIDs[0]); p.Total != want || want == 0 {
		t.Errorf("companies by tag: total_count %d, want %d", p.Total, want)
	}
}
