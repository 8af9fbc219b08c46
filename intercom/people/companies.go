package people

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/bounds"
	"intercom-connector/intercom/transport"
)

// Company is a customer's company. Intercom lists those that have users.
type Company struct {
	ID                   string // Intercom's
	CompanyID            string // the customer's own; may be empty
	Name                 string
	CreatedAt, UpdatedAt time.Time       // zero if unknown
	MonthlySpend         *float64        // nil if unknown
	UserCount            *int64          // nil if unknown
	Plan                 string          // the plan's name; may be empty
	CustomAttributes     json.RawMessage // a JSON object, or nil
	Invalid              answer.Invalid  // what was invalid about it
	Tags                 []string        // ids
	Segments             []CompanySegment
	// Short says that it has more tags or segments than it tells, by its own word.
	Short                  bool
	TagsTold, SegmentsTold Told
}

// CompanySegment is a segment as a company names it.
type CompanySegment struct{ ID, Name string }

// CompanyPage is a page of a scroll over the companies.
type CompanyPage struct {
	Companies []Company // empty when the scroll is at its end, and only then
	Param     string    // names the scroll; the same on every page
}

func (c *Company) Key() string { return c.ID }

// UnmarshalJSON reads a company as Intercom gives it.
func (c *Company) UnmarshalJSON(b []byte) error {
	var a struct {
		ID, Name, Plan, Tags, Segments json.RawMessage
		CompanyID                      json.RawMessage `json:"company_id"`
		CreatedAt                      json.RawMessage `json:"created_at"`
		UpdatedAt                      json.RawMessage `json:"updated_at"`
		Spend                          json.RawMessage `json:"monthly_spend"`
		Users                          json.RawMessage `json:"user_count"`
		Custom                         json.RawMessage `json:"custom_attributes"`
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	var invalid answer.Invalid
	*c = Company{
		ID: invalid.Text("id", a.ID), CompanyID: invalid.Text("company_id", a.CompanyID), Name: invalid.Text("name", a.Name),
		CreatedAt: invalid.Time("created_at", a.CreatedAt), UpdatedAt: invalid.Time("updated_at", a.UpdatedAt),
		Plan: plan(&invalid, "plan_name", a.Plan), CustomAttributes: invalid.Object("custom_attributes", a.Custom),
	}
	if spend, known := invalid.Number("monthly_spend", a.Spend); known {
		c.MonthlySpend = &spend
	}
	if users, known := invalid.Whole("user_count", a.Users); known {
		c.UserCount = &users
	}
	tags, err := answer.IDsIn("the list of tags", a.Tags)
	if err != nil {
		return err
	}
	segments, err := answer.IDsIn("the list of segments", a.Segments)
	if err != nil {
		return err
	}
	c.Tags, c.Segments, c.Short = tags.IDs, withNames(segments.IDs, a.Segments), tags.More || segments.More
	c.TagsTold, c.SegmentsTold = toldIn(a.Tags), toldIn(a.Segments)
	c.Invalid = invalid
	return nil
}

// withNames are a company's segments with the names that their list gives them.
func withNames(ids []string, b []byte) (segments []CompanySegment) {
	names := map[string]string{}
	list, _, _ := answer.Nested(b)
	for element := range list {
		if id, name := answer.NamedOf(element); name != "" {
			names[id] = name
		}
	}
	for _, id := range ids {
		segments = append(segments, CompanySegment{id, names[id]})
	}
	return segments
}

// plan reads a plan given as an object with a name, or as the name itself.
func plan(o *answer.Invalid, name string, b []byte) string {
	if answer.IsNull(b) || b[0] != '{' {
		return o.Text(name, b)
	}
	var plan struct {
		Name json.RawMessage `json:"name"`
	}
	if json.Unmarshal(b, &plan) != nil {
		o.Keep(name, b)
		return ""
	}
	return o.Text(name, plan.Name)
}

// ScrollPage reads the next page, about a hundred companies, of a scroll, or
// opens one when param is empty: GET /companies/scroll. A workspace has one
// scroll at a time; while another is open the error is a *ScrollError that says Exists.
//
// Each call moves the scroll on, although param stays the same. When an answer
// within a scroll is lost, its page is lost with it, and asking again would
// skip it without a trace. So such a call is not repeated: the error is a
// *ScrollError that says Lost, and the scroll must start again.
func ScrollPage(ctx context.Context, c *intercom.Client, param string) (CompanyPage, error) {
	k := intercom.Call{Op: "scroll companies", Method: http.MethodGet, Path: "/companies/scroll", Limits: bounds.Page}
	if param != "" {
		k.Query, k.Once = url.Values{"scroll_param": {param}}, true
	}
	a, _, err := intercom.Fetch[answer.List[Company, *Company]](ctx, c, k)
	if e, ok := errors.AsType[*intercom.Error](err); ok {
		return CompanyPage{}, scrollError(e, param != "")
	}
	named, _ := answer.TextOf(a.Fields["scroll_param"])
	page := CompanyPage{Companies: a.Elements, Param: cmp.Or(named, param)}
	if len(page.Companies) > 0 && page.Param == "" {
		return CompanyPage{}, c.Unreadable(k.Op, "the answer is not what the API describes: no scroll_param")
	}
	return page, nil
}

// ScrollError is a scroll that cannot be opened now, or not go on.
type ScrollError struct {
	Err *intercom.Error
	// Exists says that another scroll over the companies is open. It closes when it
	// ends or after a minute without calls.
	Exists bool
	// Lost says that the scroll must start again from its beginning; companies
	// already seen will come again.
	Lost bool
}

func (e *ScrollError) Error() string { return e.Err.Error() }

func (e *ScrollError) Unwrap() error { return e.Err }

// scrollError sorts the error of a call within a scroll, or of one that opens it.
func scrollError(e *intercom.Error, within bool) error {
	s := &ScrollError{
		Err:    e,
		Exists: e.Code == scrollExists || !within && refusesSecondScroll(e),
		Lost:   within && (e.NotFound() || e.Transient() && !e.RateLimited()),
	}
	if s.Exists || s.Lost {
		return s
	}
	return e
}

const scrollExists = "scroll_exists"

// refusesSecondScroll knows the answer to a call that opens a scroll, by words
// or by having none: such a call says nothing else that could be wrong.
func refusesSecondScroll(e *intercom.Error) bool {
	switch e.Status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusLocked:
		return e.Code == "" || e.Code == scrollExists || transport.Mentions(e.Message, "scroll")
	}
	return false
}

type countAnswer struct {
	Total json.RawMessage `json:"total_count"`
}

func (*countAnswer) Check() error { return nil }

// CompanyCount is how many companies Intercom counts, or Unknown: POST
// /companies/list, whose pages end at ten thousand companies.
func CompanyCount(ctx context.Context, c *intercom.Client) (int, error) {
	a, _, err := intercom.Fetch[countAnswer](ctx, c, intercom.Call{
		Op: "count companies", Method: http.MethodPost, Path: "/companies/list", Query: url.Values{"page": {"1"}, "per_page": {"1"}},
	})
	if e, ok := errors.AsType[*intercom.Error](err); ok && e.Status/100 == 4 && !e.Unauthorized() && !e.RateLimited() {
		return answer.Unknown, nil
	}
	if err != nil {
		return answer.Unknown, err
	}
	return answer.CountOf(a.Total), nil
}
