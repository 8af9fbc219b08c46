package sandbox

import (
	"testing"
	"time"

	"intercom-connector/sandbox/directory"
)

func TestSearch(t *testing.T) {
	s, c := serve(t, Options{Now: at(morning), Contacts: 300})
	day, who := s.people.Today(), s.people.People
	matching := func(match func(directory.Subject) bool) (n int) {
		who.Contacts.Each(0, day, func(k int64) bool {
			if match(who.Contacts.Subject(k)) {
				n++
			}
			return true
		})
		return n
	}
	total := matching(func(directory.Subject) bool { return true })
	leads := matching(func(c directory.Subject) bool { return c.Lead })
	tagged := matching(func(c directory.Subject) bool { return who.Carries(0, c, day) })
	taggedLeads := matching(func(c directory.Subject) bool { return c.Lead && who.Carries(0, c, day) })
	users := map[bool]int{false: 1} // with an external id: leads have none
	tag := who.TagID(0)
	for query, want := range map[string]int{
		`{"field":"role","operator":"=","value":"lead"}`:                                                                                      leads,
		`{"field":"role","operator":"!=","value":"lead"}`:                                                                                     total - leads,
		`{"field":"tag_id","operator":"=","value":"` + tag + `"}`:                                                                             tagged,
		`{"field":"tag_id","operator":"=","value":` + tag + `}`:                                                                               tagged,
		`{"field":"tag_id","operator":"!=","value":"` + tag + `"}`:                                                                            total - tagged,
		`{"field":"tag_id","operator":"=","value":"none"}`:                                                                                    0,
		`{"field":"role","operator":"IN","value":["lead","user"]}`:                                                                            total,
		`{"field":"external_id","operator":"=","value":"user-7"}`:                                                                             users[who.IsLead(7)],
		`{"operator":"AND","value":[{"field":"role","operator":"=","value":"lead"},{"field":"tag_id","operator":"=","value":"` + tag + `"}]}`: taggedLeads,
		`{"operator":"OR","value":[{"field":"role","operator":"=","value":"lead"},{"field":"tag_id","operator":"=","value":"` + tag + `"}]}`:  leads + tagged - taggedLeads,
	} {
		var p contactPage
		c.get(&p, "POST", "/contacts/search", `{"query":`+query+`}`)
		if p.Total != want || len(p.Data) != min(want, 50) {
			t.Errorf("%s: total_count %d with %d on the page, want %d", query, p.Total, len(p.Data), want)
		}
	}
}

// The cursor of a search belongs into its body; in the query string it is not
// seen, and the first page comes again.
func TestSearchCursorInTheWrongPlace(t *testing.T) {
	_, c := serve(t, Options{Now: at(morning)})
	var first, again contactPage
	body := searchFor("role", "user", "", 20)
	c.get(&first, "POST", "/contacts/search", body)
	c.get(&again, "POST", "/contacts/search?starting_after="+first.Pages.Next.After, body)
	if again.Data[0].ID != first.Data[0].ID {
		t.Error("a cursor in the query string was heeded")
	}
}

func TestSearchLagsBehind(t *testing.T) {
	clock := morning.Add(10 * day)
	_, c := serve(t, Options{Now: func() time.Time { return clock }, Epoch: morning, Contacts: 2000, SearchLag: 5 * time.Minute})
	everybody := func() (listed, found int) {
		found = c.search("role", "user").Total + c.search("role", "lead").Total
		return c.contacts(150).Total, found
	}
	if listed, found := everybody(); found >= listed || found < listed-20 {
		t.Errorf("at first %d are listed and %d found, want a few less found", listed, found)
	}
	clock = clock.Add(5 * time.Minute)
	if listed, found := everybody(); found != listed {
		t.Errorf("five minutes later %d are listed and %d found", listed, found)
	}
}
