package people

import (
	"net/http"
	"net/url"
	"strconv"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/directory"
)

// largestPage is the largest page that is answered where a dialect makes
// larger ones fail.
const largestPage = 20

// tooLarge is how a page of a size fails, if a dialect makes it.
func (s *API) tooLarge(size int) error {
	answer := s.options.Answer("pages-too-large")
	if answer == "" || size <= largestPage {
		return nil
	}
	status, err := strconv.Atoi(answer[len("pages-too-large-"):])
	if err != nil {
		panic(err) // the catalogue's own name
	}
	return &api.Failure{Status: status, Code: "server_error", Message: http.StatusText(status)}
}

// pageShift says by how many places a listing has moved since the page before.
func (s *API) pageShift(q api.Request) int {
	switch {
	case s.options.PageShift != nil:
		return s.options.PageShift(q)
	case !s.options.Speaks("order-moves"):
		return 0
	case q.Nth == 1: // the second page of the first walk
		return -2
	}
	return 3
}

// listShift is pageShift for the list of companies, which is asked for counts too:
// the pages after the first are what counts.
func (s *API) listShift(q api.Request) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.PageShift == nil {
		s.further++
		q.Nth = s.further
	}
	return s.pageShift(q)
}

// withheldSegment is the segment whose search a dialect refuses: the first one
// of contacts.
func (s *API) withheldSegment() (id string, ok bool) {
	if s.options.Answer("segment-search") == "" || s.People.Segments == 0 || s.People.Segment(0).Company {
		return "", false
	}
	return s.People.SegmentID(0), true
}

// refuseSegment answers a search for the segment that is withheld.
func (s *API) refuseSegment(id string) error {
	withheld, ok := s.withheldSegment()
	if !ok || id != withheld {
		return nil
	}
	if s.options.Speaks("segment-search-400") {
		return api.Invalid("segment_id", "segment_id is not a segment of contacts")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = s.gone || s.options.Speaks("segment-search-gone")
	return api.NotFound("Segment Not Found")
}

// isGone says whether a segment was there once.
func (s *API) isGone(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	withheld, ok := s.withheldSegment()
	return ok && s.gone && id == withheld
}

// listed says whether GET /segments lists a segment, or refuses to.
func (s *API) listed(g directory.Segment, query url.Values) bool {
	switch {
	case s.isGone(s.People.SegmentID(g.Index)):
		return false
	case s.options.Speaks("segments-company-hidden"):
		return !g.Company
	case s.options.Speaks("segments-company-needed"):
		return g.Company == (query.Get("type") == "company")
	}
	return !g.Company || !s.options.HideCompanySegments
}

// paged cuts a list into the pages that a dialect gives it. Next is a cursor,
// or the next page's address where byAddress is set.
func paged[T any](list []T, size int, r *http.Request, byAddress bool) (items []T, pages any, err error) {
	number, err := api.WholeNumber(r.URL.Query(), "page", 1, 1<<20)
	if err != nil {
		return nil, nil, err
	}
	at, err := readCursor(r.URL.Query().Get("starting_after"))
	if err != nil {
		return nil, nil, err
	}
	if at.number == 1 {
		at = page{number: int64(number), next: int64((number - 1) * size)}
	}
	from, total := min(int(at.next), len(list)), (len(list)+size-1)/size
	to := min(from+size, len(list))
	next := page{number: at.number + 1, next: int64(to)}
	told := map[string]any{"type": "pages", "page": at.number, "per_page": size, "total_pages": total, "next": nil}
	switch {
	case to == len(list):
	case byAddress:
		told["next"] = "http://" + r.Host + r.URL.Path + "?page=" + strconv.FormatInt(next.number, 10)
	default:
		told["next"] = map[string]any{"page": next.number, "starting_after": next.cursor()}
	}
	return list[from:to], told, nil
}

// Truth is what a right reader finds now, dialects and all.
func (s *API) Truth() directory.Membership {
	m := s.People.Truth(s.Today())
	id, withheld := s.withheldSegment()
	if !withheld {
		return m
	}
	all := m.ContactSegments
	m.ContactSegments = func(yield func(string, string) bool) {
		for contact, segment := range all {
			if segment != id && !yield(contact, segment) {
				return
			}
		}
	}
	switch {
	case s.isGone(id):
		m.ContactSegmentIDs = m.ContactSegmentIDs[1:]
	case !s.options.Speaks("segment-search-400"):
		m.Unproven = []string{id}
	}
	return m
}
