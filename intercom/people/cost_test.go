package people

import (
	"context"
	"net/http"
	"testing"

	"intercom-connector/intercom"
	"intercom-connector/intercom/intercomtest"
)

// A page of 16 KB on the wire costs a bounded memory, whatever it is made of: of each
// kind, what costs most.
func TestShortPagesCostLittle(t *testing.T) {
	contacts := func(ctx context.Context, c *intercom.Client) error {
		_, err := ContactsPage(ctx, c, 150, "")
		return err
	}
	companies := func(ctx context.Context, c *intercom.Client) error { _, err := ScrollPage(ctx, c, "p"); return err }
	tags := func(ctx context.Context, c *intercom.Client) error { _, _, err := Tags(ctx, c); return err }
	segments := func(ctx context.Context, c *intercom.Client) error { _, _, err := Segments(ctx, c); return err }
	teams := func(ctx context.Context, c *intercom.Client) error { _, err := Teams(ctx, c); return err }
	for name, tt := range map[string]struct {
		before, again, after string
		ask                  func(context.Context, *intercom.Client) error
	}{
		"contacts":              {`"data":[{"id":"x"}`, `,{"id":"x"}`, `]}`, contacts},
		"contacts, ids alone":   {`"data":[1`, `,1`, `]}`, contacts},
		"without ids":           {`"data":[{}`, `,{}`, `]}`, contacts},
		"tags of a contact":     {`"data":[{"id":"x","tags":{"data":[1`, `,1`, `]}}]}`, contacts},
		"attributes":            {`"data":[{"id":"x","custom_attributes":{"a":1`, `,"a":1`, `}}]}`, contacts},
		"a list beside it":      {`"data":[],"tags":[1`, `,1`, `]}`, contacts},
		"a list before it":      {`"tags":[1`, `,1`, `],"data":[]}`, contacts},
		"companies":             {`"data":[{"id":"x"}`, `,{"id":"x"}`, `]}`, companies},
		"segments of a company": {`"data":[{"id":"x","segments":{"segments":[{"id":"x","name":"y"}`, `,{"id":"x","name":"y"}`, `]}}]}`, companies},
		"tags":                  {`"data":[{"id":"x"}`, `,{"id":"x"}`, `]}`, tags},
		"tags, ids alone":       {`"data":[1`, `,1`, `]}`, tags},
		"segments":              {`"segments":[{"id":"x"}`, `,{"id":"x"}`, `]}`, segments},
		"teams":                 {`"teams":[{"id":"x","admin_ids":[1`, `,1`, `]}]}`, teams},
	} {
		t.Run(name, func(t *testing.T) {
			body := intercomtest.ShortAnswer(t, tt.before, tt.again, tt.after)
			c := serve(t, say(http.StatusOK, string(body), "Content-Encoding", "gzip", "Content-Type", "application/json"))
			_, _ = CompanyCount(t.Context(), c) // what a connection costs
			intercomtest.CostsLittle(t, func() error { return tt.ask(t.Context(), c) })
		})
	}
}
