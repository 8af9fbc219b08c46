package people

import (
	"encoding/base64"
	"fmt"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/directory"
)

// page is where a reader of a list stands: the number of the page, from 1, and
// the number of the next bearer.
type page struct{ number, next int64 }

func (p page) cursor() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d:%d", p.number, p.next))
}

func readCursor(text string) (page, error) {
	p := page{number: 1}
	if text == "" {
		return p, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		_, err = fmt.Sscanf(string(plain), "%d:%d", &p.number, &p.next)
	}
	if err != nil || p.number < 1 || p.next < 0 {
		return p, api.Invalid("starting_after", "starting_after is not a valid cursor")
	}
	return p, nil
}

// shifted moves a page by as many matching contacts as the options say.
func (s *API) shifted(at page, day int64, match func(directory.Subject) bool, q api.Request) page {
	if at.number == 1 {
		return at
	}
	of := &s.People.Contacts
	matches := func(k int64) bool { return of.Alive(k, day) && match(of.Subject(k)) }
	for by := s.pageShift(q); by != 0; {
		switch {
		case by > 0: // back
			at.next--
			if at.next <= 0 {
				at.next = 0
				return at
			}
			if matches(at.next) {
				by--
			}
		default: // on
			if at.next >= of.Size(day) {
				return at
			}
			if matches(at.next) {
				by++
			}
			at.next++
		}
	}
	return at
}

// plainList is Intercom's plain list.
func plainList[T any](items []T) map[string]any {
	if items == nil {
		items = []T{}
	}
	return map[string]any{"type": "list", "data": items}
}
