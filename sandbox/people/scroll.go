package people

import (
	"fmt"
	"net/http"
	"time"

	"intercom-connector/sandbox/api"
)

// scroll is a walk over all companies as they were when it began. A workspace
// has room for one.
type scroll struct {
	param string    // "" when none is open
	used  time.Time // when a page was read last
	day   int64     // the workspace's state that it walks over
	next  int64     // number of the next company
	last  []int64   // the page before
}

const (
	scrollIdle = time.Minute
	scrollPage = 100
)

// ScrollExists refuses a second scroll.
func ScrollExists() *api.Failure {
	return &api.Failure{Status: http.StatusBadRequest, Code: "scroll_exists", Message: "scroll already exists for this workspace"}
}

// ScrollLost answers for a scroll that is not known, or no longer.
func ScrollLost() *api.Failure {
	return &api.Failure{Status: http.StatusNotFound, Code: "not_found", Message: "scroll parameter not found"}
}

// ScrollBroken tells that a scroll broke off.
func ScrollBroken() *api.Failure {
	return &api.Failure{
		Status: http.StatusInternalServerError, Code: "server_error",
		Message: "Request failed due to an internal network error. Please restart the scroll operation.",
	}
}

// scrollCompanies begins a scroll or reads on. Every page carries the same
// parameter, and the last one is empty.
func (s *API) scrollCompanies(w http.ResponseWriter, r *http.Request, q api.Request) error {
	now := s.now()
	foreign := s.options.ForeignScroll != nil && s.options.ForeignScroll(now)
	s.mu.Lock()
	from, numbers, err := s.advance(r.URL.Query().Get("scroll_param"), now, foreign, q)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	data := []companyView{}
	for _, k := range numbers {
		data = append(data, s.viewCompany(s.People.Companies.Subject(k), from.day))
	}
	s.answer(w, "", map[string]any{
		"type": "list", "data": data, "pages": nil, "total_count": nil, "scroll_param": from.param,
	})
	return nil
}

// advance takes the next page of the scroll, beginning one if no parameter is
// given. The mutex is held.
func (s *API) advance(param string, now time.Time, foreign bool, q api.Request) (from scroll, numbers []int64, err error) {
	if foreign || now.Sub(s.scroll.used) > scrollIdle {
		s.scroll = scroll{} // idle, or displaced by another integration
	}
	switch {
	case s.options.Speaks("scroll-none"):
		return from, nil, api.NotFound("The requested resource %s was not found", q.Path).(*api.Failure)
	case param == "" && s.begin():
		return from, nil, s.elsewhere()
	case param != "" && param != s.scroll.param:
		return from, nil, ScrollLost()
	case param == "" && (foreign || s.scroll.param != ""):
		return from, nil, ScrollExists()
	case param == "":
		draw := s.People.Seed.At(uint64(q.Index), 0x5c)
		s.scroll = scroll{param: fmt.Sprintf("%016x-%016x", draw.Next(), draw.Next()), day: s.Today()}
		s.scrolls++
	}
	s.scroll.used = now
	from = s.scroll
	s.People.Companies.Each(s.scroll.next, s.scroll.day, func(k int64) bool {
		numbers = append(numbers, k)
		s.scroll.next = k + 1
		return len(numbers) < scrollPage
	})
	if len(numbers) == 0 {
		return s.endOfScroll(from)
	}
	s.scroll.last = numbers
	return from, numbers, nil
}

// endOfScroll ends a scroll that is drained, as the dialects have it. The
// mutex is held.
func (s *API) endOfScroll(from scroll) (scroll, []int64, error) {
	if !s.options.ScrollLingers {
		s.scroll = scroll{}
	}
	switch s.options.Answer("scroll-end") {
	case "scroll-end-404":
		return from, nil, ScrollLost()
	case "scroll-end-repeats":
		return from, from.last, nil
	}
	return from, nil, nil
}

// begin counts the scrolls that are asked for, and says whether a dialect has
// another integration's in the way of this one.
func (s *API) begin() (refused bool) {
	if s.options.Answer("scroll-open") == "" {
		return false
	}
	if s.taken() {
		return true
	}
	s.begins++
	return s.begins <= 3
}

// taken says whether a dialect has another integration's in the way for ever.
func (s *API) taken() bool {
	return s.options.Speaks("scroll-taken") || s.options.Speaks("scroll-taken-bare")
}

func (s *API) elsewhere() *api.Failure {
	f := ScrollExists()
	if s.options.Speaks("scroll-open-bare") || s.options.Speaks("scroll-taken-bare") {
		f.Code = "bad_request"
	}
	return f
}
