package people

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
)

// Segment is a saved filter over contacts or companies.
type Segment struct {
	ID, Name string
	// PersonType is "contact" (a lead), "user" or "company"; empty where Intercom
	// does not say.
	PersonType string
	// Count is the number of members as Intercom last counted them, or Unknown.
	Count                int
	CreatedAt, UpdatedAt time.Time      // zero if unknown
	Invalid              answer.Invalid // what was invalid about it
}

// OfCompanies is the PersonType of a segment of companies.
const OfCompanies = "company"

// Segments lists the workspace's segments, of people and of companies, each
// once, with their counts: GET /segments, and again with type=company. Those of
// companies are not listed everywhere, so a refusal of the second is no error. short is
// as for Tags.
func Segments(ctx context.Context, c *intercom.Client) (all []Segment, short string, err error) {
	var more []Segment
	var moreShort string
	lists, within := errgroup.WithContext(ctx)
	lists.Go(func() (err error) {
		all, short, err = listed(within, c, url.Values{"include_count": {"true"}}, "")
		return err
	})
	lists.Go(func() (err error) {
		more, moreShort, err = listed(within, c, url.Values{"include_count": {"true"}, "type": {"company"}}, OfCompanies)
		if e, ok := errors.AsType[*intercom.Error](err); ok && (e.Status/100 == 4 && e.Status != http.StatusRequestTimeout || e.Status == http.StatusNotImplemented) && !e.Unauthorized() && !e.RateLimited() {
			c.Log().InfoContext(ctx, "Intercom does not list the segments of companies by themselves", "reason", e.Error())
			return nil
		}
		return err
	})
	if err := lists.Wait(); err != nil {
		return nil, "", err
	}
	for _, s := range more {
		if !slices.ContainsFunc(all, func(known Segment) bool { return known.ID == s.ID }) {
			all = append(all, s)
		}
	}
	return all, cmp.Or(short, moreShort), nil
}

func listed(ctx context.Context, c *intercom.Client, query url.Values, of string) (segments []Segment, short string, err error) {
	segments, short, err = wholeList[Segment](ctx, c, intercom.Call{Op: "list segments", Method: http.MethodGet, Path: "/segments", Query: query}, maxSegments, 0)
	for i := range segments {
		segments[i].PersonType = cmp.Or(segments[i].PersonType, of)
	}
	return segments, short, err
}

func (s *Segment) Key() string { return s.ID }

// UnmarshalJSON reads a segment as Intercom gives it.
func (s *Segment) UnmarshalJSON(b []byte) error {
	var a struct {
		ID, Name, Count json.RawMessage
		PersonType      json.RawMessage `json:"person_type"`
		CreatedAt       json.RawMessage `json:"created_at"`
		UpdatedAt       json.RawMessage `json:"updated_at"`
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	var invalid answer.Invalid
	count, known := invalid.Whole("count", a.Count)
	*s = Segment{
		ID: invalid.Text("id", a.ID), Name: invalid.Text("name", a.Name), PersonType: invalid.Text("person_type", a.PersonType),
		Count: int(count), CreatedAt: invalid.Time("created_at", a.CreatedAt), UpdatedAt: invalid.Time("updated_at", a.UpdatedAt),
	}
	if !known {
		s.Count = answer.Unknown
	}
	s.Invalid = invalid
	return nil
}
