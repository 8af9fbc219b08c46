package intercom

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
)

// Company is a customer's company. Intercom lists those that have users.
type Company struct {
	ID                   string // Intercom's
	CompanyID            string // the customer's own; may be empty
	Name                 string
	CreatedAt, UpdatedAt int64 // epoch seconds; 0 if unknown
	MonthlySpend         float64
	UserCount            int
	Plan                 string          // the plan's name; may be empty
	CustomAttributes     json.RawMessage // a JSON object, or nil
	Tags, Segments       []string        // ids, complete
}

// CompanyPage is a page of a scroll over the companies.
type CompanyPage struct {
	Companies []Company // empty when the scroll is at its end, and only then
	Param     string    // names the scroll; the same on every page
}

type scrollAnswer struct {
	Data  *[]companyAnswer `json:"data"`
	Param text             `json:"scroll_param"`
}

type companyAnswer struct {
	ID        text            `json:"id"`
	CompanyID text            `json:"company_id"`
	Name      text            `json:"name"`
	CreatedAt number          `json:"created_at"`
	UpdatedAt number          `json:"updated_at"`
	Spend     number          `json:"monthly_spend"`
	Users     number          `json:"user_count"`
	Plan      json.RawMessage `json:"plan"`
	Custom    json.RawMessage `json:"custom_attributes"`
	Tags      struct {
		Tags []item `json:"tags"`
	} `json:"tags"`
	Segments struct {
		Segments []item `json:"segments"`
	} `json:"segments"`
}

func (a companyAnswer) identity() text { return a.ID }

func (a *scrollAnswer) check() error {
	if err := checkList("data", a.Data); err != nil {
		return err
	}
	if len(*a.Data) > 0 && a.Param == "" {
		return errors.New("no scroll_param")
	}
	return nil
}

func (a *companyAnswer) company() Company {
	return Company{
		ID: string(a.ID), CompanyID: string(a.CompanyID), Name: string(a.Name),
		CreatedAt: a.CreatedAt.whole(), UpdatedAt: a.UpdatedAt.whole(),
		MonthlySpend: float64(a.Spend), UserCount: int(a.Users.whole()), Plan: planName(a.Plan),
		CustomAttributes: object(a.Custom),
		Tags:             idsOf(a.Tags.Tags), Segments: idsOf(a.Segments.Segments),
	}
}

// planName reads a plan given as an object with a name, or as the name itself.
func planName(raw json.RawMessage) string {
	var plan struct {
		Name text `json:"name"`
	}
	var name text
	if len(raw) == 0 || name.UnmarshalJSON(raw) == nil && name != "" {
		return string(name)
	}
	if json.Unmarshal(raw, &plan) != nil {
		return ""
	}
	return string(plan.Name)
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
	var e *Error
	if errors.As(err, &e) {
		e.scroll = param != "" && (e.NotFound() || e.Transient() && !e.RateLimited())
		return CompanyPage{}, e
	}
	page := CompanyPage{Companies: make([]Company, 0, len(*a.Data)), Param: string(a.Param)}
	for i := range *a.Data {
		page.Companies = append(page.Companies, (*a.Data)[i].company())
	}
	return page, nil
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
