package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// searchBody is what a search asks for. A cursor in the query string is not
// looked at, as with Intercom.
type searchBody struct {
	Query      *searchQuery `json:"query"`
	Pagination struct {
		PerPage       int    `json:"per_page"`
		StartingAfter string `json:"starting_after"`
	} `json:"pagination"`
}

// searchQuery is one condition, or several under the operator AND or OR.
type searchQuery struct {
	Field    string          `json:"field"`
	Operator string          `json:"operator"`
	Value    json.RawMessage `json:"value"`
}

// matcher says whether a contact is found on a day.
type matcher func(c subject, day int64) bool

func (s *Sandbox) searchContacts(w http.ResponseWriter, r *http.Request, q Request) error {
	var body searchBody
	if err := readJSON(r, &body); err != nil {
		return err
	}
	size := body.Pagination.PerPage
	switch {
	case size == 0:
		size = 50
	case size < 0 || size > 150:
		return invalid("per_page", "per_page is too big: at most %d", 150)
	}
	if limit := s.options.SearchPageMax; limit > 0 && size > limit {
		return &failure{status: http.StatusGatewayTimeout, code: "server_timeout", message: "The search timed out"}
	}
	if body.Query == nil {
		return &failure{status: http.StatusBadRequest, code: "parameter_not_found", message: "Query cannot be empty", name: "query"}
	}
	match, err := s.readQuery(*body.Query, 0)
	if err != nil {
		return err
	}
	at, err := readCursor(body.Pagination.StartingAfter)
	if err != nil {
		return err
	}
	name, err := json.Marshal(body.Query)
	if err != nil {
		return badRequest("The query is not valid JSON")
	}
	now, day := s.now().Unix(), s.today()
	lag := int64(s.options.SearchLag.Seconds())
	visible := func(c subject) bool {
		return (lag == 0 || c.born == 0 || s.epoch+c.born*daySeconds+lag <= now) && match(c, day)
	}
	if lag > 0 && now-s.epoch-day*daySeconds < lag {
		name = append(name, " before all appear"...)
	}
	s.writeContacts(w, q, at, size, string(name), visible)
	return nil
}

const maxQueryDepth = 3

func (s *Sandbox) readQuery(q searchQuery, depth int) (matcher, error) {
	if q.Operator == "AND" || q.Operator == "OR" {
		return s.readQueries(q, depth)
	}
	if q.Field == "" {
		return nil, &failure{status: http.StatusBadRequest, code: "parameter_not_found", message: "Query field cannot be empty", name: "field"}
	}
	values, err := readValues(q)
	if err != nil {
		return nil, err
	}
	var any []matcher
	for _, value := range values {
		is, err := s.readField(q.Field, value)
		if err != nil {
			return nil, err
		}
		any = append(any, is)
	}
	found := func(c subject, day int64) bool {
		return slices.ContainsFunc(any, func(is matcher) bool { return is(c, day) })
	}
	switch {
	case q.Operator == "=" || (q.Operator == "IN" && q.Field != "tag_id"):
		return found, nil
	case q.Operator == "!=" || (q.Operator == "NIN" && q.Field != "tag_id"):
		return func(c subject, day int64) bool { return !found(c, day) }, nil
	}
	return nil, invalid("operator", "%s is not a valid operator for field %s", q.Operator, q.Field)
}

func (s *Sandbox) readQueries(q searchQuery, depth int) (matcher, error) {
	var parts []searchQuery
	if json.Unmarshal(q.Value, &parts) != nil || len(parts) == 0 || depth == maxQueryDepth {
		return nil, invalid("value", "%s must hold a list of queries", q.Operator)
	}
	var all []matcher
	for _, part := range parts {
		m, err := s.readQuery(part, depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	every := q.Operator == "AND"
	return func(c subject, day int64) bool {
		for _, m := range all {
			if m(c, day) != every {
				return !every
			}
		}
		return every
	}, nil
}

// readValues reads a value, or a list of them for IN and NIN, as text.
func readValues(q searchQuery) ([]string, error) {
	var list []json.RawMessage
	if q.Operator != "IN" && q.Operator != "NIN" {
		list = []json.RawMessage{q.Value}
	} else if json.Unmarshal(q.Value, &list) != nil {
		return nil, invalid("value", "%s takes a list of values", q.Operator)
	}
	var values []string
	for _, raw := range list {
		if len(raw) == 0 || string(raw) == "null" {
			return nil, &failure{status: http.StatusBadRequest, code: "parameter_not_found", message: "Query value cannot be empty", name: "value"}
		}
		values = append(values, strings.Trim(string(raw), `"`))
	}
	return values, nil
}

// readField matches the contacts whose field equals a value.
func (s *Sandbox) readField(field, value string) (matcher, error) {
	p := s.people
	switch field {
	case "segment_id":
		g, ok := p.segmentOf(value)
		return func(c subject, day int64) bool { return ok && !g.company && g.in(c, day) }, nil
	case "tag_id":
		tag, ok := p.tagOf(value)
		return func(c subject, day int64) bool { return ok && p.carries(tag, c, day) }, nil
	case "id":
		k, ok := p.contacts.number(value)
		return func(c subject, _ int64) bool { return ok && c.k == k }, nil
	case "role":
		return func(c subject, _ int64) bool { return (value == "lead") == c.lead }, nil
	case "email", "external_id", "name":
		return func(c subject, day int64) bool {
			v := s.viewContact(c, day)
			text := map[string]*string{"email": v.Email, "external_id": v.ExternalID, "name": v.Name}[field]
			return text != nil && *text == value
		}, nil
	}
	return nil, &failure{status: http.StatusBadRequest, code: "invalid_field", message: field + " is not a valid field to search by", name: "field"}
}
