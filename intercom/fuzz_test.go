package intercom

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
)

// FuzzAnswers gives every endpoint an answer of any kind. None may panic, and
// an error must be one line of bounded length without the token.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		meBody, envelope("unauthorized", "Access Token Invalid "+testToken), "", "null", "[]", `{"data":null}`,
		`{"job_identifier":"j","status":"complete","download_url":"/x"}`, `{"data":[{"id":1,"attributes":[{"id":[]}]}]}`,
		`{"segments":[{"id":"s","count":1e400}]}`, `{"data":[{"id":"c","plan":7}],"scroll_param":"p"}`, gz(meBody),
		`{"errors":[{"message":"a\nb\u0000"},{"message":{}}],"request_id":5}`,
	} {
		f.Add(200, body)
		f.Add(400, body)
		f.Add(429, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		for _, ask := range []func(*Client) error{
			askMe, askDatasets, askJob, askEnqueue,
			func(c *Client) error { _, err := downloadAll(c, doneJob); return err },
		} {
			c, err := New(Config{Token: testToken, Transport: fixed{status, body}, Timeouts: Timeouts{Retry: -1}})
			if err != nil {
				t.Fatal(err)
			}
			if err = ask(c); err == nil {
				continue
			}
			text := err.Error()
			if len(text) > 2000 || strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, testToken) {
				t.Errorf("%q", text)
			}
			var e *Error
			if errors.As(err, &e) && e.Wait > 24*time.Hour {
				t.Errorf("wants to wait %v", e.Wait)
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
