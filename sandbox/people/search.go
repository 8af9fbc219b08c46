package people

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/directory"
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
type matcher func(c directory.Subject, day int64) bool

func (s *API) searchContacts(w http.ResponseWriter, r *http.Request, q api.Request) error {
	var body searchBody
	if err := api.ReadJSON(r, &body); err != nil {
		return err
	}
	size := body.Pagination.PerPage
	switch {
	case size == 0:
		size = 50
	case size < 0 || size > 150:
		return api.Invalid("per_page", "per_page is too big: at most %d", 150)
	}
	if err := s.tooLarge(size); body.Pagination.PerPage != 0 && err != nil {
		return err
	}
	if limit := s.options.SearchPageMax; limit > 0 && size > limit {
		return &api.Failure{Status: http.StatusGatewayTimeout, Code: "server_timeout", Message: "The search timed out"}
	}
	if body.Query == nil {
		return &api.Failure{Status: http.StatusBadRequest, Code: "parameter_not_found", Message: "Query cannot be empty", Name: "query"}
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
		return api.BadRequest("The query is not valid JSON")
	}
	now, day := s.now().Unix(), s.Today()
	lag := int64(s.options.SearchLag.Seconds())
	visible := func(c directory.Subject) bool {
		return (lag == 0 || c.Born == 0 || s.People.Epoch+c.Born*calendar.DaySeconds+lag <= now) && match(c, day)
	}
	if lag > 0 && now-s.People.Epoch-day*calendar.DaySeconds < lag {
		name = append(name, " before all appear"...)
	}
	s.writeContacts(w, q, at, size, string(name), visible)
	return nil
}

const maxQueryDepth = 3

func (s *API) readQuery(q searchQuery, depth int) (matcher, error) {
	if q.Operator == "AND" || q.Operator == "OR" {
		return s.readQueries(q, depth)
	}
	if q.Field == "" {
		return nil, &api.Failure{Status: http.StatusBadRequest, Code: "parameter_not_found", Message: "Query field cannot be empty", Name: "field"}
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
	found := func(c directory.Subject, day int64) bool {
		return slices.ContainsFunc(any, func(is matcher) bool { return is(c, day) })
	}
	switch {
	case q.Operator == "=" || (q.Operator == "IN" && q.Field != "tag_id"):
		return found, nil
	case q.Operator == "!=" || (q.Operator == "NIN" && q.Field != "tag_id"):
		return func(c directory.Subject, day int64) bool { return !found(c, day) }, nil
	}
	return nil, api.Invalid("operator", "%s is not a valid operator for field %s", q.Operator, q.Field)
}

func (s *API) readQueries(q searchQuery, depth int) (matcher, error) {
	var parts []searchQuery
	if json.Unmarshal(q.Value, &parts) != nil || len(parts) == 0 || depth == maxQueryDepth {
		return nil, api.Invalid("value", "%s must hold a list of queries", q.Operator)
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
	return func(c directory.Subject, day int64) bool {
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
		return nil, api.Invalid("value", "%s takes a list of values", q.Operator)
	}
	var values []string
	for _, raw := range list {
		if len(raw) == 0 || string(raw) == "null" {
			return nil, &api.Failure{Status: http.StatusBadRequest, Code: "parameter_not_found", Message: "Query value cannot be empty", Name: "value"}
		}
		values = append(values, strings.Trim(string(raw), `"`))
	}
	return values, nil
}

// readField matches the contacts whose field equals a value.
func (s *API) readField(field, value string) (matcher, error) {
	p := s.People
	switch field {
	case "segment_id":
		if err := s.refuseSegment(value); err != nil {
			return nil, err
		}
		g, ok := p.SegmentOf(value)
		return func(c directory.Subject, day int64) bool { return ok && !g.Company && g.In(c, day) }, nil
	case "tag_id":
		tag, ok := p.TagOf(value)
		return func(c directory.Subject, day int64) bool { return ok && p.Carries(tag, c, day) }, nil
	case "id":
		k, ok := p.Contacts.Number(value)
		return func(c directory.Subject, _ int64) bool { return ok && c.K == k }, nil
	case "role":
		return func(c directory.Subject, _ int64) bool { return (value == "lead") == c.Lead }, nil
	case "email", "external_id", "name":
		return func(c directory.Subject, day int64) bool {
			v := s.viewContact(c, day)
			text := map[string]*string{"email": v.Email, "external_id": v.ExternalID, "name": v.Name}[field]
			return text != nil && *text == value
		}, nil
	}
	return nil, &api.Failure{Status: http.StatusBadRequest, Code: "invalid_field", Message: field + " is not a valid field to search by", Name: "field"}
}
