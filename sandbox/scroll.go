package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

// scroll is a walk over all companies as they were when it began. A workspace
// has room for one.
type scroll struct {
	param string    // "" when none is open
	used  time.Time // when a page was read last
	day   int64     // the workspace's state that it walks over
	next  int64     // number of the next company
}

const (
	scrollIdle = time.Minute
	scrollPage = 100
)

func scrollExists() *failure {
	return &failure{status: http.StatusBadRequest, code: "scroll_exists", message: "scroll already exists for this workspace"}
}

func scrollLost() *failure {
	return &failure{status: http.StatusNotFound, code: "not_found", message: "scroll parameter not found"}
}

func scrollBroken() *failure {
	return &failure{
		status: http.StatusInternalServerError, code: "server_error",
		message: "Request failed due to an internal network error. Please restart the scroll operation.",
	}
}

// scrollCompanies begins a scroll or reads on. Every page carries the same
// parameter, and the last one is empty.
func (s *Sandbox) scrollCompanies(w http.ResponseWriter, r *http.Request, q Request) error {
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
		data = append(data, s.viewCompany(s.people.companies.subject(k), from.day))
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"type": "list", "data": data, "pages": nil, "total_count": nil, "scroll_param": from.param,
	})
	return nil
}

// advance takes the next page of the scroll, beginning one if no parameter is
// given. The mutex is held.
func (s *Sandbox) advance(param string, now time.Time, foreign bool, q Request) (from scroll, numbers []int64, err error) {
	if foreign || now.Sub(s.scroll.used) > scrollIdle {
		s.scroll = scroll{} // idle, or displaced by another integration
	}
	switch {
	case param != "" && param != s.scroll.param:
		return from, nil, scrollLost()
	case param == "" && (foreign || s.scroll.param != ""):
		return from, nil, scrollExists()
	case param == "":
		draw := s.people.seed.at(uint64(q.Index), 0x5c)
		s.scroll = scroll{param: fmt.Sprintf("%016x-%016x", draw.next(), draw.next()), day: s.today()}
		s.traffic.scrolls++
	}
	s.scroll.used = now
	from = s.scroll
	s.people.companies.each(s.scroll.next, s.scroll.day, func(k int64) bool {
		numbers = append(numbers, k)
		s.scroll.next = k + 1
		return len(numbers) < scrollPage
	})
	if len(numbers) == 0 && !s.options.ScrollLingers {
		s.scroll = scroll{}
	}
	return from, numbers, nil
}
