package people

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/bounds"
)

// MaxCompanies is the most companies that one page of the list is asked for: a
// power of two, so that half as many begin at the same places.
const MaxCompanies = 32

// CompanyList is a page of the list of companies.
type CompanyList struct {
	Companies []Company
	Total     int // of all pages, as Intercom counted them at this moment; answer.Unknown if it did not
	Least     int // how many there must be of all pages, by what the page says of them
	Next      int // how many come before the next page; 0 on the last one
	PerPage   int // how many were asked for in the end
}

// ListCompanies lists companies, perPage (1 to MaxCompanies) at a time, those
// after the first from of them: POST /companies/list. They come as they were seen
// last: the latest first, or the earliest where oldest is true. So they move
// while one reads. Intercom lists ten thousand at most, and refuses the pages
// after those with 400; companies without users are in no page.
//
// A page that Intercom's servers take too long over is asked for again with half
// as many, down to one.
func ListCompanies(ctx context.Context, c *intercom.Client, from, perPage int, oldest bool) (CompanyList, error) {
	size := MaxCompanies
	for size > 1 && (size > perPage || from%size != 0) { // pages are told by their number
		size /= 2
	}
	order := "desc"
	if oldest {
		order = "asc"
	}
	query := func() url.Values {
		return url.Values{"page": {strconv.Itoa(from/size + 1)}, "per_page": {strconv.Itoa(size)}, "order": {order}}
	}
	a, _, err := intercom.Fetch[answer.List[Company, *Company]](ctx, c, intercom.Call{
		Op: "list companies", Method: http.MethodPost, Path: "/companies/list", Query: query(), Limits: bounds.Page,
		Adapt: func(k *intercom.Call, e *intercom.Error) bool {
			if size == 1 || !e.TooLarge() {
				return false
			}
			size /= 2
			k.Query = query()
			return true
		},
	})
	if err != nil {
		return CompanyList{}, err
	}
	page := CompanyList{Companies: a.Elements, Total: totalOf(a), Least: a.Least(from+len(a.Elements), size), PerPage: size}
	if a.Next() != nil || answer.IsNull(a.Fields["pages"]) && len(a.Elements) > 0 {
		page.Next = from + size
	}
	return page, nil
}
