package sandbox

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzRequests holds that whatever comes in is answered in JSON, with an
// error of the caller's or none.
func FuzzRequests(f *testing.F) {
	f.Add(uint8(0), `{"dataset_id":"call","attribute_ids":["call.call_id"],"start_time":1773000000,"end_time":1773001000}`, "")
	f.Add(uint8(1), `{"query":{"field":"role","operator":"=","value":"user"},"pagination":{"per_page":5}}`, "")
	f.Add(uint8(2), "", "starting_after=MTow&per_page=3")
	f.Add(uint8(3), "", "page=2&per_page=60&order=asc")
	f.Add(uint8(4), "", "scroll_param=x")
	f.Add(uint8(5), "", "tag_id=7508100")
	s := New(Options{Now: at(morning), Contacts: 50, Companies: 20, RateLimit: 1 << 30, PendingJobs: 1 << 30, JobTime: instant})
	targets := []struct{ method, path string }{
		{"POST", "/export/reporting_data/enqueue"},
		{"POST", "/contacts/search"},
		{"GET", "/contacts"},
		{"POST", "/companies/list"},
		{"GET", "/companies/scroll"},
		{"GET", "/companies"},
	}
	f.Fuzz(func(t *testing.T, which uint8, body, query string) {
		target := targets[int(which)%len(targets)]
		r := httptest.NewRequest(target.method, target.path, strings.NewReader(body))
		r.URL = &url.URL{Path: target.path, RawQuery: query}
		r.Header.Set("Authorization", "Bearer "+defaultToken)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %s?%s with %q: %d %s", target.method, target.path, query, body, w.Code, w.Body)
		}
	})
}
