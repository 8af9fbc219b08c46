package people

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"intercom-connector/intercom"
)

// FuzzAnswers gives every list an answer of any kind. None may panic, and an
// error must be one line of bounded length.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		contactsBody, envelope("unauthorized", "Access Token Invalid"), "", "null", "[]", `{"data":null}`,
		`{"segments":[{"id":"s","count":1e400}]}`, `{"data":[{"id":"c","plan":7}],"scroll_param":"p"}`,
		`{"data":[{"id":"c","tags":{"data":[{"id":{}}]},"custom_attributes":{"a":"\ud800"}}],"pages":{"next":[]}}`,
	} {
		f.Add(200, body)
		f.Add(400, body)
		f.Add(429, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		ctx := t.Context()
		for _, ask := range []func(*intercom.Client) error{
			func(c *intercom.Client) error { _, _, err := Segments(ctx, c); return err },
			func(c *intercom.Client) error { _, _, err := Tags(ctx, c); return err },
			func(c *intercom.Client) error { _, err := ContactsPage(ctx, c, 1, ""); return err },
			func(c *intercom.Client) error { _, _, err := ContactTags(ctx, c, "c", 0); return err },
			func(c *intercom.Client) error { _, err := ScrollPage(ctx, c, "p"); return err },
			func(c *intercom.Client) error { _, err := CompanyCount(ctx, c); return err },
			func(c *intercom.Client) error { _, err := ListCompanies(ctx, c, 0, 1, false); return err },
		} {
			c := client(t, intercom.Config{Transport: fixed{status, body}, Timeouts: intercom.Timeouts{Retry: -1}})
			if err := ask(c); err != nil && (len(err.Error()) > 2000 || strings.ContainsFunc(err.Error(), unicode.IsControl)) {
				t.Errorf("%q", err)
			}
		}
	})
}

// fixed answers every request alike, without a network.
type fixed struct {
	status int
	body   string
}

func (f fixed) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: f.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(f.body)), Request: r}, nil
}
