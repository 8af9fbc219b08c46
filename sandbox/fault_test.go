package sandbox

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/sandbox/faults"
)

// outcome is what a client meets: a status and a body, or an error.
type outcome struct {
	status int
	header http.Header
	body   []byte
	err    error // of the call or of its body
}

func (c *client) meet(method, path, body string, header ...string) (o outcome) {
	c.t.Helper()
	answer, err := c.do(method, path, body, header...)
	if err != nil {
		return outcome{err: err}
	}
	defer func() { _ = answer.Body.Close() }()
	o = outcome{status: answer.StatusCode, header: answer.Header}
	o.body, o.err = io.ReadAll(answer.Body)
	return o
}

// Faults that need nothing but a call.
func TestFaultyAnswers(t *testing.T) {
	s, c := serve(t, Options{Now: at(morning), RateLimit: 167})
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, test := range []struct {
		fault  faults.Fault
		status int
		header map[string]string // "" for none
		body   string            // contained
	}{
		{faults.Timeout408, 408, nil, `"code":"request_timeout"`},
		{faults.RateLimited, 429, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1773241210", "Retry-After": ""}, "Exceeded rate limit of 167 in 10_seconds"},
		{faults.RateLimitedRetry, 429, map[string]string{"X-RateLimit-Reset": "1773241210", "Retry-After": "1"}, "rate_limit_exceeded"},
		{faults.RateLimitedPast, 429, map[string]string{"X-RateLimit-Reset": "1773241140", "Retry-After": ""}, "rate_limit_exceeded"},
		{faults.RateLimitedBare, 429, map[string]string{"X-RateLimit-Reset": "", "X-RateLimit-Remaining": "", "Retry-After": ""}, "rate_limit_exceeded"},
		{faults.JobLimited, 200, nil, `"id_code":"sandbox"`}, // has to do with enqueueing only
		{faults.ServerError500, 500, nil, `"code":"server_error"`},
		{faults.BadGateway502, 502, map[string]string{"Content-Type": "text/html"}, "<title>502 Bad Gateway</title>"},
		{faults.Unavailable503, 503, nil, `"code":"service_unavailable"`},
		{faults.GatewayTimeout504, 504, nil, `"code":"server_timeout"`},
		{faults.RedirectOtherHost, 302, map[string]string{"Location": "http://other-host.invalid/elsewhere"}, ""},
		{faults.RedirectOtherHost + "=http://127.0.0.1:1/x", 302, map[string]string{"Location": "http://127.0.0.1:1/x"}, ""},
		{faults.TokenEcho, 400, map[string]string{"X-Echo": "Bearer sandbox-token"}, "token sandbox-token"},
		{faults.TokenEcho + "=503", 503, nil, "sandbox-token"},
		{faults.HugeErrorBody + "=200000", 500, nil, "goes on and on"},
		{faults.ClockSkewed, 200, map[string]string{"Date": "Wed, 11 Mar 2026 14:00:00 GMT", "X-RateLimit-Reset": "1773237610"}, `"id_code":"sandbox"`},
		{faults.ClockSkewed + "=2m", 200, map[string]string{"Date": "Wed, 11 Mar 2026 15:02:00 GMT"}, `"id_code":"sandbox"`},
		{"made-up", 400, nil, `knows no fault \"made-up\"`},
	} {
		got := c.meet("GET", "/me", "", faults.FaultHeader, string(test.fault))
		if got.err != nil || got.status != test.status || !strings.Contains(string(got.body), test.body) {
			t.Errorf("%s: got %d %.200s %v", test.fault, got.status, got.body, got.err)
		}
		for name, want := range test.header {
			if value := got.header.Get(name); value != want {
				t.Errorf("%s: header %s is %q, want %q", test.fault, name, value, want)
			}
		}
	}
	if got := c.meet("POST", "/export/reporting_data/enqueue", "{}", faults.FaultHeader, string(faults.JobLimited)); got.status != 429 ||
		!strings.Contains(string(got.body), "Exceeded rate limit of 5 pending reporting dataset export jobs") {
		t.Errorf("429-jobs: %d %s", got.status, got.body)
	}
	if got := c.meet("GET", "/me", "", faults.FaultHeader, string(faults.Empty200)); got.status != 200 || len(got.body) != 0 {
		t.Errorf("empty-200: %d %s", got.status, got.body)
	}
	if got := c.meet("GET", "/tags", "", faults.FaultHeader, string(faults.TruncatedJSON)); got.status != 200 || got.err != nil || json.Valid(got.body) {
		t.Errorf("truncated-json: %d %s %v", got.status, got.body, got.err)
	}
	if got := s.Stats().Faults; got != 21 {
		t.Errorf("%d faults counted, want 21", got)
	}
	if got := c.meet("GET", "/tags", "", faults.FaultHeader, string(faults.ResetBefore)); got.err == nil {
		t.Errorf("reset-before: %d %s", got.status, got.body)
	}
	if got := c.meet("GET", "/contacts", "", faults.FaultHeader, string(faults.ResetMiddle)); got.err == nil || got.status != 200 || len(got.body) == 0 {
		t.Errorf("reset-middle: %d, %d bytes, %v", got.status, len(got.body), got.err)
	}
}

// What a download can suffer, in every form of its body.
func TestFaultyDownloads(t *testing.T) {
	for _, form := range BodyForms() {
		_, c := serve(t, Options{Now: at(morning), JobTime: instant, Body: form})
		c.http.Transport = &http.Transport{DisableCompression: true}
		download := func(fault faults.Fault) outcome {
			j := c.enqueued("conversation", morning.Add(-3*day), morning, "standard.conversation_id", "standard.topics")
			return c.meet("GET", "/download/reporting_data/"+j.ID, "",
				"Accept", "application/octet-stream", "Accept-Encoding", "gzip", faults.FaultHeader, string(fault))
		}
		whole := download("")
		if whole.err != nil || len(whole.body) < 2000 {
			t.Fatalf("%s: %d bytes, %v", form, len(whole.body), whole.err)
		}
		if got := download(faults.ResetMiddle); got.err == nil || len(got.body) != len(whole.body)/2 {
			t.Errorf("%s, reset-middle: %d of %d bytes, %v", form, len(got.body), len(whole.body), got.err)
		}
		if got := download(faults.TruncatedJSON); !bytes.Equal(got.body, whole.body) {
			t.Errorf("%s, truncated-json: %d of %d bytes", form, len(got.body), len(whole.body))
		}
		truncated := download(faults.TruncatedBody)
		if clean := truncated.err == nil; clean == (form == Plain) || len(truncated.body) != len(whole.body)/2 {
			t.Errorf("%s, truncated-body: %d of %d bytes, %v", form, len(truncated.body), len(whole.body), truncated.err)
		}
		spoilt := download(faults.BadChecksum)
		differ := 0
		for i := range spoilt.body {
			if spoilt.body[i] != whole.body[i] {
				differ++
			}
		}
		want := map[BodyForm]int{ContentEncodingGzip: 4, GzipBody: 4, TarGz: 4, Zip: 8, Plain: 0}[form]
		if spoilt.err != nil || len(spoilt.body) != len(whole.body) || differ != want {
			t.Errorf("%s, bad-gzip-crc: %d bytes differ, want %d", form, differ, want)
		}
		if form == GzipBody {
			z, err := gzip.NewReader(bytes.NewReader(spoilt.body))
			if err == nil {
				_, err = io.Copy(io.Discard, z)
			}
			if !errors.Is(err, gzip.ErrChecksum) {
				t.Errorf("a bad checksum reads as %v", err)
			}
		}
	}
}

func TestFaultyJobs(t *testing.T) {
	_, c := serve(t, Options{Now: at(morning), JobTime: instant})
	const enqueue, status, download = "enqueue", "status", "download"
	for _, test := range []struct {
		fault          faults.Fault
		on             string
		status         int
		say            string // by the status endpoint afterwards
		downloadStatus int
	}{
		{faults.JobPendingForever, enqueue, 200, `"pending"`, 404},
		{faults.JobPendingForever, status, 200, `"pending"`, 404},
		{faults.JobFailed, enqueue, 200, `"failed"`, 404},
		{faults.JobFailed + "=canceled", status, 200, `"canceled"`, 404},
		{faults.JobVanished, enqueue, 404, "Export job not found", 404},
		{faults.JobVanished, status, 404, "Export job not found", 404},
		{faults.JobVanished, download, 404, "Export job not found", 404},
		{faults.URLExpired403, download, 200, `"complete"`, 403},
		{faults.URLExpired404, enqueue, 200, `"complete"`, 404},
	} {
		fault := func(on string) []string {
			if on == test.on {
				return []string{faults.FaultHeader, string(test.fault)}
			}
			return nil
		}
		var j jobView
		c.get(&j, "POST", "/export/reporting_data/enqueue", exportBody("call", morning.Add(-day), morning, "call.call_id"), fault(enqueue)...)
		c.meet("GET", "/download/reporting_data/"+j.ID, "", append(fault(download), "Accept", "application/octet-stream")...)
		got := c.meet("GET", "/export/reporting_data/"+j.ID, "", fault(status)...)
		if got.status != test.status || !strings.Contains(string(got.body), test.say) {
			t.Errorf("%s on %s: status %d %s", test.fault, test.on, got.status, got.body)
		}
		if got := c.meet("GET", "/download/reporting_data/"+j.ID, "", "Accept", "application/octet-stream"); got.status != test.downloadStatus {
			t.Errorf("%s on %s: download %d, want %d", test.fault, test.on, got.status, test.downloadStatus)
		}
	}
}

func TestFaultyAccess(t *testing.T) {
	s, c := serve(t, Options{Now: at(morning)})
	status := func(path string, fault faults.Fault) int {
		return c.meet("GET", path, "", faults.FaultHeader, string(fault)).status
	}
	for i, got := range []int{
		status("/me", faults.TokenRevoked+"=once"), status("/me", ""),
		status("/me", faults.TokenRevoked), status("/tags", ""),
		func() int { s.Heal(); return status("/tags", "") }(),
		status("/segments", faults.ScopeMissing), status("/contacts", ""), status("/tags", ""),
		func() int { s.Heal(); return status("/contacts", "") }(),
	} {
		if want := []int{401, 200, 401, 401, 200, 403, 403, 200, 200}[i]; got != want {
			t.Errorf("step %d: status %d, want %d", i, got, want)
		}
	}
}

func TestFaultyScrolls(t *testing.T) {
	s, c := serve(t, Options{Now: at(morning), Faults: faults.OnNth("GET /companies/scroll", 1, faults.ScrollBroken)})
	var p companyPage
	c.get(&p, "GET", "/companies/scroll", "")
	for i, want := range []struct {
		param, fault string
		status       int
		say          string
	}{
		{p.Param, "", 500, "Please restart the scroll operation."},
		{p.Param, "", 404, "scroll parameter not found"},
		{"", string(faults.ScrollExists), 400, "scroll already exists"},
		{"", "", 200, `"scroll_param"`},
		{"any", string(faults.ScrollExpired), 404, "scroll parameter not found"},
		{"", "", 200, `"scroll_param"`},
	} {
		got := c.meet("GET", "/companies/scroll?scroll_param="+want.param, "", faults.FaultHeader, want.fault)
		if got.status != want.status || !strings.Contains(string(got.body), want.say) {
			t.Errorf("step %d: %d %s", i, got.status, got.body)
		}
	}
	if got := s.Stats().Scrolls; got != 3 {
		t.Errorf("%d scrolls counted, want 3", got)
	}
}

// A stalled answer holds on until somebody goes: the client, or the sandbox.
// In a bubble a goroutine that is left behind fails the test.
func TestStalls(t *testing.T) {
	for _, fault := range []faults.Fault{faults.StallHeaders, faults.StallBody} {
		synctest.Test(t, func(t *testing.T) {
			_, c := bubble(t, Options{})
			c.http.Timeout = 5 * time.Minute
			begun := time.Now()
			got := c.meet("GET", "/tags", "", faults.FaultHeader, string(fault))
			if took := time.Since(begun); got.err == nil || took != 5*time.Minute {
				t.Errorf("%s: %d %s after %v", fault, got.status, got.body, took)
			}
			if (len(got.body) > 0) != (fault == faults.StallBody) {
				t.Errorf("%s: %d bytes came", fault, len(got.body))
			}
		})
		synctest.Test(t, func(t *testing.T) {
			s, c := bubble(t, Options{})
			time.AfterFunc(time.Hour, s.Close)
			begun := time.Now()
			if got := c.meet("GET", "/tags", "", faults.FaultHeader, string(fault)); got.err == nil || time.Since(begun) != time.Hour {
				t.Errorf("%s: %v after %v", fault, got.err, time.Since(begun))
			}
		})
	}
}

// Every fault has an effect on one of the calls of a small sync, and none of
// them breaks the sandbox.
func TestAllFaultsAreKnown(t *testing.T) {
	for _, fault := range faults.AllFaults() {
		if strings.HasPrefix(string(fault), "stall") || fault == faults.HugeErrorBody {
			continue // they hold on, or go on, until the client leaves
		}
		s, c := serve(t, Options{Now: at(morning), Faults: faults.OnCall(0, fault)})
		if got := c.meet("GET", "/companies/scroll", ""); strings.Contains(string(got.body), "knows no fault") {
			t.Errorf("%s is not known", fault)
		}
		s.Heal()
		if got := c.meet("GET", "/me", ""); got.status != 200 {
			t.Errorf("after %s the sandbox answers %d", fault, got.status)
		}
	}
}
