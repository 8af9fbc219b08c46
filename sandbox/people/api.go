// Package people answers the calls about contacts, companies, segments and
// tags: lists and their pages, searches, the scroll over companies.
package people

import (
	"sync"
	"time"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/directory"
	"intercom-connector/sandbox/workspace"
)

// API answers the calls about people.
type API struct {
	options workspace.Options
	People  *directory.Directory
	tallied tally

	mu      sync.Mutex
	scroll  scroll
	scrolls int  // begun
	begins  int  // of scrolls, the refused ones included
	further int  // pages of the list of companies after its first
	gone    bool // the segment that a dialect lets go
}

func New(o workspace.Options) *API { return &API{options: o, People: directory.New(o)} }

func (s *API) Endpoints() []api.Endpoint {
	return []api.Endpoint{
		{Pattern: "GET /segments", Scope: workspace.ScopePeople, Answer: s.listSegments},
		{Pattern: "GET /segments/{id}", Scope: workspace.ScopePeople, Answer: s.getSegment},
		{Pattern: "GET /tags", Scope: workspace.ScopeTags, Answer: s.listTags},
		{Pattern: "GET /tags/{id}", Scope: workspace.ScopeTags, Answer: s.getTag},
		{Pattern: "GET /contacts", Scope: workspace.ScopePeople, Answer: s.listContacts},
		{Pattern: "POST /contacts/search", Scope: workspace.ScopePeople, Answer: s.searchContacts},
		{Pattern: "GET /contacts/{id}", Scope: workspace.ScopePeople, Answer: s.getContact},
		{Pattern: "GET /contacts/{id}/tags", Scope: workspace.ScopePeople, Answer: s.contactTags},
		{Pattern: "GET /contacts/{id}/segments", Scope: workspace.ScopePeople, Answer: s.contactSegments},
		{Pattern: "GET /companies", Scope: workspace.ScopePeople, Answer: s.filterCompanies},
		{Pattern: "POST /companies/list", Scope: workspace.ScopePeople, Answer: s.listCompanies},
		{Pattern: ScrollPattern, Scope: workspace.ScopePeople, Answer: s.scrollCompanies},
		{Pattern: "GET /companies/{id}", Scope: workspace.ScopePeople, Answer: s.getCompany},
	}
}

const ScrollPattern = "GET /companies/scroll"

func (s *API) now() time.Time { return s.options.Now() }

// Today is the number of the directory's present state.
func (s *API) Today() int64 { return s.People.Today(s.now().Unix()) }

// ScrollsBegun says how many scrolls over companies were begun.
func (s *API) ScrollsBegun() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scrolls
}

// EndScroll forgets the scroll that is open.
func (s *API) EndScroll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scroll = scroll{}
}
