package intercom

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// kinds lists the methods of an Error that are true.
func kinds(e *Error) string {
	var names []string
	for _, k := range []struct {
		name string
		is   bool
	}{
		{"transient", e.Transient()},
		{"unauthorized", e.Unauthorized()},
		{"forbidden", e.Forbidden()},
		{"ratelimited", e.RateLimited()},
		{"joblimit", e.JobLimit()},
		{"notfound", e.NotFound()},
		{"expired", e.Expired()},
		{"retention", e.Retention()},
		{"attributes", e.InvalidAttributes() != nil},
	} {
		if k.is {
			names = append(names, k.name)
		}
	}
	return strings.Join(names, " ")
}

func TestErrorsSayWhatMayBeDone(t *testing.T) {
	for _, tt := range []struct {
		status     int
		body, want string
	}{
		{400, envelope("bad_request", "'dataset_id' is a required parameter"), ""},
		{400, envelope("bad_request", "'start_time' is a required parameter"), ""},
		{400, envelope("bad_request", "start_time is too far in the past"), "retention"},
		{400, envelope("bad_request", "start_time must be within the last 2 years"), "retention"},
		{400, envelope("parameter_invalid", "outside of the data retention period"), "retention"},
		{400, envelope("bad_request", "attribute_ids invalid for conversation dataset: non_existent"), "attributes"},
		{400, envelope("scroll_exists", "scroll already exists for this workspace"), ""},
		{401, envelope("unauthorized", "Access Token Invalid"), "unauthorized"},
		{401, envelope("token_revoked", "Token revoked"), "unauthorized"},
		{401, "", "unauthorized"},
		{401, envelope("unauthorized", "You do not have the required scope (x) to access this resource"), "forbidden"},
		{402, envelope("api_plan_restricted", "upgrade"), "forbidden"},
		{403, envelope("forbidden", "You do not have the required scope (export_reporting_data) to access this resource"), "forbidden"},
		{404, envelope("not_found", "Export job not found for identifier: job1"), "notfound"},
		{408, "", "transient"},
		{422, envelope("type_mismatch", "x"), ""},
		{429, envelope("rate_limit_exceeded", "Exceeded rate limit of 167 in 10_seconds"), "transient ratelimited"},
		{429, "", "transient ratelimited"},
		{429, envelope("rate_limit_exceeded", "Exceeded rate limit of 5 pending reporting dataset export jobs"), "joblimit"},
		{500, "", "transient"},
		{501, "", ""},
		{502, "<html>Bad Gateway</html>", "transient"},
		{503, "", "transient"},
		{504, "", "transient"},
		{304, "", ""},
	} {
		var e *Error
		if err := askMe(serve(t, say(tt.status, tt.body))); !errors.As(err, &e) {
			t.Fatalf("%d: got %v", tt.status, err)
		}
		if got := kinds(e); got != tt.want || e.Status != tt.status {
			t.Errorf("%d %s: got %q, want %q", tt.status, tt.body, got, tt.want)
		}
	}
}

// A 401 to a token that /me still knows is about a scope; Intercom is asked once.
func TestA401IsAboutTheTokenOnlyIfMeSaysSo(t *testing.T) {
	refused := say(401, envelope("unauthorized", "Access Token Invalid"))
	for _, tt := range []struct {
		name string
		me   http.HandlerFunc
		want string
	}{
		{"a token that is known", say(200, meBody), "forbidden"},
		{"one that is not", refused, "unauthorized"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seen clock
			h := seen.Then(tt.me)
			inBubble(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/me" {
					h(w, r)
					return
				}
				refused(w, r)
			}, func(t *testing.T, c *Client) {
				for range 3 {
					err := askDatasets(c)
					var e *Error
					if !errors.As(err, &e) || kinds(e) != tt.want || e.ScopeMissing() != (tt.want == "forbidden") {
						t.Errorf("got %v", err)
					}
				}
				if tt.want == "forbidden" && len(seen.At) != 1 {
					t.Errorf("/me was asked %d times", len(seen.At))
				}
				<-time.After(time.Hour)
				_ = askDatasets(c)
				if tt.want == "forbidden" && len(seen.At) != 2 {
					t.Error("an hour later the token is still believed")
				}
			})
		})
	}
}

// What is forbidden for another reason than a scope gets no advice about scopes.
func TestWhatIsForbiddenAndWhy(t *testing.T) {
	for _, tt := range []struct {
		status        int
		body          string
		scope, region bool
	}{
		{403, envelope("forbidden", "You do not have the required scope (export_reporting_data) to access this resource"), true, false},
		{402, envelope("api_plan_restricted", "Active subscription needed."), false, false},
		{403, envelope("action_forbidden", "This workspace is hosted in Europe"), false, true},
		{401, envelope("unauthorized", "The workspace of this scope is hosted in the EU"), false, true},
	} {
		var e *Error
		if err := askMe(serve(t, say(tt.status, tt.body))); !errors.As(err, &e) || e.ScopeMissing() != tt.scope || e.WrongRegion() != tt.region {
			t.Errorf("%s: scope %v, region %v", tt.body, e.ScopeMissing(), e.WrongRegion())
		}
	}
}

func TestErrorText(t *testing.T) {
	for _, tt := range []struct {
		name string
		h    http.HandlerFunc
		want string
	}{
		{"all", say(401, envelope("unauthorized", "Access Token Invalid")), "intercom: read workspace: 401 unauthorized: Access Token Invalid (request req1)"},
		{"two errors", say(400, `{"errors":[{"code":"a","message":"one"},{"code":"b","message":"two"}]}`), "intercom: read workspace: 400 a: one; two"},
		{"nulls", say(403, `{"request_id":null,"errors":[{"code":"forbidden","message":null}]}`), "intercom: read workspace: 403 forbidden"},
		{"HTML", say(502, "<html>"), "intercom: read workspace: 502 Bad Gateway"},
		{"request id in a header", say(500, "", "X-Request-Id", "h1"), "intercom: read workspace: 500 Internal Server Error (request h1)"},
		{"gzip", say(401, gz(envelope("unauthorized", "no")), "Content-Encoding", "gzip"), "intercom: read workspace: 401 unauthorized: no (request req1)"},
		{"several lines", say(400, `{"errors":[{"code":"x\ny","message":"a\r\nlevel=ERROR b"}]}`), "intercom: read workspace: 400 x y: a  level=ERROR b"},
		{"long", say(400, envelope("x", strings.Repeat("é", 1000))), "intercom: read workspace: 400 x: " + strings.Repeat("é", 150) + "… (request req1)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := askMe(serve(t, tt.h)); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestInvalidAttributes(t *testing.T) {
	c := serve(t, say(400, envelope("bad_request", "attribute_ids invalid for conversation dataset: people.Brand, x: y , z")))
	_, err := c.Enqueue(t.Context(), anExport())
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if got := e.InvalidAttributes(); !slices.Equal(got, []string{"people.Brand", "x: y", "z"}) {
		t.Errorf("got %q", got)
	}
}

// An endless error body is read to its limit, compressed or not.
func TestErrorBodiesAreBounded(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"plain": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			for {
				if _, err := w.Write(bytes.Repeat([]byte("x"), 64<<10)); err != nil {
					return
				}
			}
		},
		"gzip": say(500, gz(strings.Repeat("\x00", 4<<20))),
	} {
		if err := askMe(serve(t, h)); err == nil || err.Error() != "intercom: read workspace: 500 Internal Server Error" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A server that sends the token back in every place it can reach does not get
// it into errors or logs.
func TestTheTokenIsNeverShown(t *testing.T) {
	var log bytes.Buffer
	secrets := []string{testToken, url.QueryEscape(testToken), "s3cret"}
	body := fmt.Sprintf(`{"request_id":%q,"errors":[{"code":%q,"message":"Bearer %s at https://x.example/a?sig=s3cret and %s","field":%q}]}`,
		testToken, testToken, testToken, url.QueryEscape(testToken), testToken)
	echo := func(status int) http.HandlerFunc {
		return say(status, body, "X-Request-Id", testToken, "Content-Type", testToken)
	}
	elsewhere := httptest.NewServer(echo(403))
	defer elsewhere.Close()
	for name, h := range map[string]http.HandlerFunc{
		"error":          echo(401),
		"rate limit":     echo(429),
		"a success":      echo(200),
		"not JSON":       say(200, testToken, "Content-Type", testToken),
		"bad redirect":   say(302, "", "Location", "https://x.example/%zz?sig=s3cret&t="+testToken),
		"to plain http":  say(302, "", "Location", "http://"+"x.example/?sig=s3cret&t="+testToken),
		"to nowhere":     say(302, "", "Location", "http://localhost:1/?sig=s3cret&t="+testToken),
		"job":            say(200, fmt.Sprintf(`{"job_identifier":%q,"status":"failed"}`, testToken)),
		"odd status":     say(200, fmt.Sprintf(`{"job_identifier":"j","status":%q,"download_url":"%s/%s?sig=s3cret"}`, "failed "+testToken, elsewhere.URL, testToken)),
		"garbled answer": hijacked("HTTP/1.1 200 OK " + testToken + "\r\nBroken " + testToken + "\r\n\r\n"),
		"garbled status": hijacked(testToken + "\r\n\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			elsewhereURL := elsewhere.URL + "/" + testToken + "?sig=s3cret&t=" + testToken
			for _, ask := range []func(*Client) error{
				askMe, askDatasets, askJob, askEnqueue,
				func(c *Client) error {
					_, err := c.Await(t.Context(), "j", time.Now().Add(-time.Hour))
					return err
				},
				func(c *Client) error { return downloadFrom(c, elsewhereURL) },
				func(c *Client) error { return downloadFrom(c, "http://x.example/%zz"+testToken+"?sig=s3cret") },
			} {
				// A client each: one that was told to wait would.
				err := ask(serve(t, h, func(cfg *Config) {
					cfg.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
					cfg.Timeouts.Job = time.Nanosecond
				}))
				for ; err != nil; err = errors.Unwrap(err) {
					for _, secret := range secrets {
						if text := fmt.Sprintf("%v %+v %q", err, err, err); strings.Contains(text, secret) {
							t.Errorf("%q in %s", secret, text)
						}
					}
				}
			}
		})
	}
	for _, secret := range secrets {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q in the log: %s", secret, log.String())
		}
	}
	for _, want := range []string{`"path":"/export/reporting_data/j"`, `"status":401`, `"method":"POST"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
}

// hijacked answers with bytes that need not be HTTP.
func hijacked(raw string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		io.WriteString(rw, raw)
		rw.Flush()
		conn.Close()
	}
}
