package intercom

import (
	"context"
	"net/http"
	"net/url"
)

// Segment is a saved filter over contacts or companies.
type Segment struct {
	ID, Name string
	// PersonType is "contact" (a lead) or "user"; empty where Intercom does not say.
	PersonType string
	// Count is the number of members as Intercom last counted them.
	Count                int
	CreatedAt, UpdatedAt int64 // epoch seconds; 0 if unknown
}

type segmentsAnswer struct {
	Segments *[]segmentAnswer `json:"segments"`
}

type segmentAnswer struct {
	ID         text   `json:"id"`
	Name       text   `json:"name"`
	PersonType text   `json:"person_type"`
	Count      number `json:"count"`
	CreatedAt  number `json:"created_at"`
	UpdatedAt  number `json:"updated_at"`
}

func (s segmentAnswer) identity() text { return s.ID }

func (a *segmentsAnswer) check() error { return checkList("segments", a.Segments) }

// Segments lists the workspace's segments with their counts: GET /segments.
func (c *Client) Segments(ctx context.Context) ([]Segment, error) {
	a, _, err := fetch[segmentsAnswer](ctx, c, call{
		op: "list segments", method: http.MethodGet, path: "/segments", query: url.Values{"include_count": {"true"}},
	})
	if err != nil {
		return nil, err
	}
	segments := make([]Segment, 0, len(*a.Segments))
	for _, s := range *a.Segments {
		segments = append(segments, Segment{
			ID: string(s.ID), Name: string(s.Name), PersonType: string(s.PersonType), Count: int(s.Count.whole()),
			CreatedAt: s.CreatedAt.whole(), UpdatedAt: s.UpdatedAt.whole(),
		})
	}
	return segments, nil
}
