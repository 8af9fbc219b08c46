package membership_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"intercom-connector/membership"
)

// A list that says of itself that there is more than it gives, and names no next page,
// is not proven, by its name: its own count, has_more, or the number of its pages.
func TestListsThatAreShortByTheirOwnWord(t *testing.T) {
	ten := func(n int) string {
		var tags []string
		for i := range n {
			tags = append(tags, fmt.Sprintf(`{"id":"t%d"}`, i))
		}
		return "[" + strings.Join(tags, ",") + "]"
	}
	contact := func(tags string) map[string][]string {
		return map[string][]string{"GET /contacts": {`{"total_count":1,"data":[{"id":"p1"` + tags + `}]}`}, "GET /contacts/p1/tags": {`{"data":` + ten(12) + `}`}, "GET /contacts/p1": {`{}`}}
	}
	with := func(answers map[string][]string, key string, list ...string) map[string][]string {
		answers[key] = list
		return answers
	}
	const one = `"data":[{"id":"a"}]`
	const firstOfTwo = `{` + one + `,"has_more":true,"pages":{"next":{"starting_after":"a"}}}`
	const ofContacts, ofCompanies = "tags and segments of contacts", "tags and segments of companies"
	company := func(lists string) map[string][]string {
		return map[string][]string{"GET /companies/scroll": {`{"scroll_param":"x","data":[{"id":"k1",` + lists + `}]}`, `{"data":[]}`}}
	}
	for _, tt := range []struct {
		name     string
		answers  map[string][]string
		unproven []string
		rows     string // a table and how many it has
	}{
		{"tags: counted", map[string][]string{"GET /tags": {`{` + one + `,"total_count":2}`}}, []string{"tags"}, "tag 1"},
		{"tags: has_more", map[string][]string{"GET /tags": {`{` + one + `,"has_more":"true"}`}}, []string{"tags"}, "tag 1"},
		{"tags: pages", map[string][]string{"GET /tags": {`{` + one + `,"pages":{"page":1,"per_page":1,"total_pages":2}}`}}, []string{"tags"}, "tag 1"},
		{"tags: the other one comes at the second reading", map[string][]string{"GET /tags": {`{` + one + `,"total_count":2}`, `{"data":[{"id":"b"}],"total_count":2}`}}, nil, "tag 2"},
		{"tags: one twice is none that is missing", map[string][]string{"GET /tags": {`{"data":[{"id":"a"},{"id":"a"}],"total_count":2}`}}, nil, "tag 1"},
		{"tags: the only page of one", map[string][]string{"GET /tags": {`{` + one + `,"has_more":false,"total_count":1,"pages":{"page":1,"per_page":50,"total_pages":1}}`}}, nil, "tag 1"},
		{"tags: pages that move", map[string][]string{
			"GET /tags":        {`{` + one + `,"total_count":2,"pages":{"next":{"page":2}}}`},
			"GET /tags?page=2": {`{"data":[{"id":"a"}],"total_count":2}`, `{"data":[{"id":"b"}],"total_count":2}`},
		}, nil, "tag 2"},
		{"tags: pages that are not counted, the same again", map[string][]string{
			"GET /tags": {`{` + one + `,"pages":{"next":{"page":2}}}`}, "GET /tags?page=2": {`{"data":[{"id":"b"}]}`},
		}, nil, "tag 2"},
		{"tags: pages that are not counted, and others again", map[string][]string{
			"GET /tags": {`{` + one + `,"pages":{"next":{"page":2}}}`}, "GET /tags?page=2": {`{"data":[{"id":"b"}]}`, `{"data":[{"id":"c"}]}`},
		}, []string{"tags"}, "tag 3"},
		{"segments: counted", map[string][]string{
			"GET /segments": {`{"segments":[{"id":"s1","person_type":"user"}],"total_count":2}`}, "POST /contacts/search s1": {`{"total_count":0,"data":[]}`},
		}, []string{"segments", "segments"}, "segment 1"},

		{"contact: ten tags, and nothing said", contact(`,"tags":{"data":` + ten(10) + `}`), nil, "contact_tag 12"},
		{"contact: ten tags as an array", contact(`,"tags":` + ten(10)), nil, "contact_tag 12"},
		{"contact: ten tags, has_more null", contact(`,"tags":{"data":` + ten(10) + `,"has_more":null}`), nil, "contact_tag 12"},
		{"contact: one of two comes twice", with(contact(`,"tags":{"data":[{"id":"t1"},{"id":"t1"}],"total_count":2,"has_more":false}`), "GET /contacts/p1/tags", `{"data":[{"id":"t1"},{"id":"t1"}]}`), nil, "contact_tag 1"},
		{"contact: ten tags, and no more", contact(`,"tags":{"data":` + ten(10) + `,"has_more":false}`), nil, "contact_tag 10"},
		{"contact: no tags", contact(`,"tags":null`), nil, "contact_tag 0"},
		{"contact: fewer than its page says", contact(`,"tags":{"data":[],"total_count":13}`), []string{ofContacts}, "contact_tag 12"},
		{"contact: fewer than its list says", with(contact(`,"tags":{"data":[],"has_more":true}`), "GET /contacts/p1/tags", `{"data":[{"id":"t1"}],"total_count":2}`), []string{ofContacts}, "contact_tag 1"},
		{"contact: it is there, its tags are not", with(contact(`,"tags":{"data":[{"id":"t1"}],"has_more":true}`), "GET /contacts/p1/tags", `404|{}`), []string{ofContacts}, "contact_tag 1"},
		{"contact: it is gone", with(with(contact(`,"tags":{"data":[{"id":"t1"}],"has_more":true}`), "GET /contacts/p1/tags", `404|{}`), "GET /contacts/p1", `404|{}`), nil, "contact_tag 1"},

		{"contacts: pages, not counted", map[string][]string{"GET /contacts": {`{` + one + `,"pages":{"page":1,"per_page":1,"total_pages":2}}`}}, []string{"contacts"}, "contact 1"},
		{"contacts: the last of some pages, not counted", map[string][]string{"GET /contacts": {`{` + one + `,"pages":{"page":1,"per_page":1,"total_pages":1}}`}}, nil, "contact 1"},
		{"contacts: has_more, not counted", map[string][]string{"GET /contacts": {`{` + one + `,"has_more":1}`}}, []string{"contacts"}, "contact 1"},
		{"contacts: has_more on the last of two pages, not counted", map[string][]string{"GET /contacts": {firstOfTwo, `{"data":[{"id":"b"}],"has_more":true}`, firstOfTwo, `{"data":[{"id":"b"}],"has_more":true}`}}, []string{"contacts"}, "contact 2"},
		{"contacts: the last of two pages, not counted", map[string][]string{"GET /contacts": {firstOfTwo, `{"data":[{"id":"b"}],"has_more":false}`, firstOfTwo, `{"data":[{"id":"b"}],"has_more":false}`}}, nil, "contact 2"},
		{"members: pages, not counted", map[string][]string{
			"GET /segments": {`{"segments":[{"id":"s1","person_type":"user"}]}`}, "POST /contacts/search s1": {`{` + one + `,"pages":{"page":1,"per_page":1,"total_pages":2}}`},
		}, []string{"members found in segment s1"}, "contact_segment 1"},

		{"company: has_more", company(`"segments":{"segments":[],"has_more":true}`), []string{ofCompanies}, "company 1"},
		{"company: counted", company(`"tags":{"tags":[{"id":"t1"}],"total_count":2}`), []string{ofCompanies}, "company_tag 1"},
		{"company: all", company(`"tags":{"tags":[{"id":"t1"},{"id":"t1"}],"total_count":2,"has_more":false}`), nil, "company_tag 1"},
		{"companies listed: pages, not counted", map[string][]string{
			"GET /companies/scroll": {`404|{}`}, "POST /companies/list": {`{` + one + `,"pages":{"page":1,"per_page":1,"total_pages":2}}`},
		}, []string{"companies"}, "company 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := walkOver(t, membership.Stages(), tt.answers)
			if !slices.Equal(w.unproven(), tt.unproven) {
				t.Errorf("unproven %q, not %q", w.unproven(), tt.unproven)
			}
			if table, _, _ := strings.Cut(tt.rows, " "); fmt.Sprint(table, " ", len(w.rows[table])) != tt.rows {
				t.Errorf("%s, not %s", w.rows[table], tt.rows)
			}
		})
	}
}

// Records that do not tell their tags or segments are none that carry none.
func TestListsThatAreNotTold(t *testing.T) {
	records := func(members ...string) string {
		var all []string
		for i, m := range members {
			all = append(all, fmt.Sprintf(`{"id":"r%d"%s}`, i, m))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	const null, empty, one = `,"tags":null,"segments":null`, `,"tags":[],"segments":[]`, `,"tags":["t1"],"segments":["k1"]`
	nulls := func(n int) []string { return slices.Repeat([]string{null}, n) }
	const tag, segment = `{"data":[{"id":"t1"}]}`, `{"segments":[{"id":"k1","person_type":"company"%s}]}`
	const ofContacts, ofCompanies, ofSegments = "tags of contacts", "tags of companies", "segments of companies"
	all := []string{ofContacts, ofCompanies, ofSegments}
	for _, tt := range []struct {
		name           string
		members        []string
		tags, segments string
		unproven       []string
	}{
		{"absent everywhere", []string{"", ""}, tag, fmt.Sprintf(segment, ""), all},
		{"absent everywhere, and there is nothing to carry", []string{"", ""}, `{"data":[]}`, `{"segments":[]}`, nil},
		{"absent everywhere, and the segment counts none", []string{"", ""}, `{"data":[]}`, fmt.Sprintf(segment, `,"count":0`), nil},
		{"absent everywhere, and the tags are refused", []string{"", ""}, `403|{}`, `{"segments":[]}`, []string{ofContacts, ofCompanies}},
		{"absent in one", []string{one, ""}, tag, fmt.Sprintf(segment, ""), all},
		{"null in one", []string{one, null}, tag, fmt.Sprintf(segment, ""), nil},
		{"null in a few", nulls(9), tag, fmt.Sprintf(segment, ""), nil},
		{"null in all of many", nulls(10), tag, fmt.Sprintf(segment, ""), all},
		{"null in all of many, and there is nothing to carry", nulls(10), `{"data":[]}`, `{"segments":[]}`, nil},
		{"empty in all of many", slices.Repeat([]string{empty}, 10), tag, fmt.Sprintf(segment, ""), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list := records(tt.members...)
			w := walkOver(t, []membership.Stage{membership.Contacts, membership.Companies}, map[string][]string{
				"GET /contacts":         {fmt.Sprintf(`{"total_count":%d,"data":%s}`, len(tt.members), list)},
				"GET /companies/scroll": {`{"scroll_param":"x","data":` + list + `}`, `{"data":[]}`},
				"GET /tags":             {tt.tags},
				"GET /segments":         {tt.segments},
			})
			if !slices.Equal(w.unproven(), tt.unproven) {
				t.Errorf("unproven %q, not %q", w.unproven(), tt.unproven)
			}
		})
	}
}
