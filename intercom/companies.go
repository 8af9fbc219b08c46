package intercom

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"

	"intercom-connector/intercom/transport"
)

// Company is a customer's company. Intercom lists those that have users.
type Company struct {
	ID                   string // Intercom's
	CompanyID            string // the customer's own; may be empty
	Name                 string
	CreatedAt, UpdatedAt time.Time        // zero if unknown
	MonthlySpend         *float64         // nil if unknown
	UserCount            *int64           // nil if unknown
	Plan                 string           // the plan's name; may be empty
	CustomAttributes     json.RawMessage  // a JSON object, or nil
	Odd                  Odd              // what was odd about it
	Tags                 []string         // ids, complete
	Segments             []CompanySegment // complete
}

// CompanySegment is a segment as a company names it.
type CompanySegment struct{ ID, Name string }

// CompanyPage is a page of a scroll over the companies.
type CompanyPage struct {
	Companies []Company // empty when the scroll is at its end, and only then
	Param     string    // names the scroll; the same on every page
}

type scrollAnswer struct {
	list      answerList
	companies []Company
	param     string
}

// UnmarshalJSON takes the list in any form.
func (a *scrollAnswer) UnmarshalJSON(b []byte) error { return a.list.UnmarshalJSON(b) }

func (a *scrollAnswer) check() (err error) {
	if err := a.list.check(); err != nil {
		return err
	}
	a.companies = make([]Company, len(a.list.elements))
	for i, element := range a.list.elements {
		if a.companies[i], err = readCompany(element); err != nil {
			return fmt.Errorf("element %d: %w", i+1, err)
		}
	}
	a.param, _ = textOf(a.list.fields["scroll_param"])
	return nil
}

func readCompany(b []byte) (Company, error) {
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
		return Company{}, err
	}
	var odd Odd
	c := Company{
		ID: odd.text("id", a.ID), CompanyID: odd.text("company_id", a.CompanyID), Name: odd.text("name", a.Name),
		CreatedAt: odd.time("created_at", a.CreatedAt), UpdatedAt: odd.time("updated_at", a.UpdatedAt),
		Plan: odd.plan("plan_name", a.Plan), CustomAttributes: odd.object("custom_attributes", a.Custom),
	}
	if spend, known := odd.number("monthly_spend", a.Spend); known {
		c.MonthlySpend = &spend
	}
	if users, known := odd.whole("user_count", a.Users); known {
		c.UserCount = &users
	}
	var err error
	if c.Tags, _, err = idsIn("the list of tags", a.Tags); err != nil {
		return Company{}, err
	}
	if c.Segments, err = companySegments(a.Segments); err != nil {
		return Company{}, err
	}
	c.Odd = odd
	return c, nil
}

func companySegments(b []byte) ([]CompanySegment, error) {
	ids, _, err := idsIn("the list of segments", b)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	list, _, _ := listIn(b)
	for _, element := range list {
		var named struct {
			Name text `json:"name"`
		}
		if json.Unmarshal(element, &named) == nil && named.Name != "" {
			names[idOf(element)] = string(named.Name)
		}
	}
	var segments []CompanySegment
	for _, id := range ids {
		segments = append(segments, CompanySegment{id, names[id]})
	}
	return segments, nil
}

// plan reads a plan given as an object with a name, or as the name itself.
func (o *Odd) plan(name string, b []byte) string {
	if isNull(b) || b[0] != '{' {
		return o.text(name, b)
	}
	var plan struct {
		Name json.RawMessage `json:"name"`
	}
	if json.Unmarshal(b, &plan) != nil {
		o.keep(name, b)
		return ""
	}
	return o.text(name, plan.Name)
}

// ScrollPage reads the next page, about a hundred companies, of a scroll, or
// opens one when param is empty: GET /companies/scroll. A workspace has one
// scroll at a time; while another is open the error says ScrollExists.
//
// Each call moves the scroll on, although param stays the same. When an answer
// within a scroll is lost, its page is lost with it, and asking again would
// skip it without a trace. So such a call is not repeated: the error says
// ScrollLost, and the scroll must start again.
func (c *Client) ScrollPage(ctx context.Context, param string) (CompanyPage, error) {
	k := call{op: "scroll companies", method: http.MethodGet, path: "/companies/scroll"}
	if param != "" {
		k.query, k.once = url.Values{"scroll_param": {param}}, true
	}
	a, _, err := fetch[scrollAnswer](ctx, c, k)
	if e, ok := errors.AsType[*Error](err); ok {
		e.scroll = param != "" && (e.NotFound() || e.Transient() && !e.RateLimited())
		e.scrollOpen = param == "" && e.refusesSecondScroll()
		return CompanyPage{}, e
	}
	page := CompanyPage{Companies: a.companies, Param: cmp.Or(a.param, param)}
	if len(page.Companies) > 0 && page.Param == "" {
		return CompanyPage{}, c.newError(Error{Op: k.op, Status: http.StatusOK, Err: transport.Refusal("the answer is not what the API describes: no scroll_param")})
	}
	return page, nil
}

type countAnswer struct {
	Total json.RawMessage `json:"total_count"`
}

func (*countAnswer) check() error { return nil }

// CompanyCount is how many companies Intercom counts, or Unknown: POST
// /companies/list, whose pages end at ten thousand companies.
func (c *Client) CompanyCount(ctx context.Context) (int, error) {
	a, _, err := fetch[countAnswer](ctx, c, call{
		op: "count companies", method: http.MethodPost, path: "/companies/list", query: url.Values{"page": {"1"}, "per_page": {"1"}},
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Status/100 == 4 && !e.Unauthorized() && !e.RateLimited() {
		return Unknown, nil
	}
	if err != nil {
		return Unknown, err
	}
	return countOf(a.Total), nil
}

// Companies goes through all companies by one scroll. An error ends it, a
// ScrollLost one included: those who start again see companies twice.
func (c *Client) Companies(ctx context.Context) iter.Seq2[Company, error] {
	return func(yield func(Company, error) bool) {
		for param := ""; ; {
			p, err := c.ScrollPage(ctx, param)
			if err != nil {
				yield(Company{}, err)
				return
			}
			if len(p.Companies) == 0 {
				return
			}
			for _, company := range p.Companies {
				if !yield(company, nil) {
					return
				}
			}
			param = p.Param
		}
	}
}
