package sandbox

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

type envelope struct {
	Type      string
	RequestID string `json:"request_id"`
	Errors    []struct{ Code, Message string }
}

// Every error that Intercom documents or is known to give.
func TestErrors(t *testing.T) {
	_, c := serve(t, Options{
		Now: at(morning), Scopes: []string{ScopeReporting, ScopePeople}, SearchPageMax: 100,
		JobTime: func(string, int, time.Duration) time.Duration { return time.Hour },
	})
	pending := c.enqueued("call", morning.Add(-time.Hour), morning, "call.call_id")
	const octets, json16 = "application/octet-stream", "application/json"
	window := fmt.Sprintf(`"start_time":%d,"end_time":%d`, morning.Add(-time.Hour).Unix(), morning.Unix())
	enqueue := "/export/reporting_data/enqueue"
	query := func(condition string) string { return `{"query":` + condition + `}` }
	for _, test := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		code, message            string
	}{
		{"no token", "GET", "/me", "", []string{"Authorization", ""}, 401, "unauthorized", "Access Token Invalid"},
		{"wrong token", "GET", "/me", "", []string{"Authorization", "Bearer other"}, 401, "unauthorized", "Access Token Invalid"},
		{"wrong kind of token", "GET", "/tags", "", []string{"Authorization", "Basic " + defaultToken}, 401, "unauthorized", "Access Token Invalid"},
		{"missing scope", "GET", "/tags", "", nil, 403, "forbidden", "You do not have the required scope (Read tags) to access this resource"},
		{"version without reporting", "GET", "/export/reporting_data/get_datasets", "", []string{"Intercom-Version", "2.13"}, 400, "intercom_version_invalid", `The requested version "2.13" is not valid for this endpoint`},
		{"version that is none", "GET", "/me", "", []string{"Intercom-Version", "3.1"}, 400, "intercom_version_invalid", `The requested version "3.1" is not valid for this endpoint`},
		{"unknown path", "GET", "/nothing", "", nil, 404, "not_found", "The requested resource /nothing was not found"},
		{"not JSON", "POST", enqueue, "{", nil, 400, "bad_request", "The request body is not valid JSON"},
		{"no dataset", "POST", enqueue, `{"attribute_ids":["x"],` + window + `}`, nil, 400, "bad_request", "'dataset_id' is a required parameter"},
		{"unknown dataset", "POST", enqueue, `{"dataset_id":"imaginary","attribute_ids":["x"],` + window + `}`, nil, 400, "bad_request", "imaginary is not a valid dataset_id"},
		{"no attributes", "POST", enqueue, `{"dataset_id":"conversation",` + window + `}`, nil, 400, "bad_request", "'attribute_ids' is a required parameter"},
		{"empty attributes", "POST", enqueue, `{"dataset_id":"conversation","attribute_ids":[],` + window + `}`, nil, 400, "bad_request", "attribute_ids must contain at least one attribute_id"},
		{"attributes that are no list", "POST", enqueue, `{"dataset_id":"conversation","attribute_ids":"a",` + window + `}`, nil, 400, "bad_request", "'attribute_ids' a must be of type Array"},
		{"unknown attributes", "POST", enqueue, `{"dataset_id":"conversation","attribute_ids":["non_existent","standard.channel","standard.none"],` + window + `}`, nil, 400, "bad_request", "attribute_ids invalid for conversation dataset: non_existent, standard.none"},
		{"no start", "POST", enqueue, `{"dataset_id":"call","attribute_ids":["call.call_id"],"end_time":1}`, nil, 400, "bad_request", "'start_time' is a required parameter"},
		{"no end", "POST", enqueue, `{"dataset_id":"call","attribute_ids":["call.call_id"],"start_time":1}`, nil, 400, "bad_request", "'end_time' is a required parameter"},
		{"milliseconds", "POST", enqueue, `{"dataset_id":"call","attribute_ids":["call.call_id"],"start_time":1760000000000,"end_time":1760000001000}`, nil, 400, "bad_request", "'start_time' must be an integer of epoch seconds"},
		{"fraction", "POST", enqueue, `{"dataset_id":"call","attribute_ids":["call.call_id"],"start_time":1.5,"end_time":2}`, nil, 400, "bad_request", "'start_time' must be an integer of epoch seconds"},
		{"empty range", "POST", enqueue, `{"dataset_id":"call","attribute_ids":["call.call_id"],"start_time":1760000000,"end_time":1760000000}`, nil, 400, "bad_request", "start_time must be before end_time"},
		{"before retention", "POST", enqueue, `{"dataset_id":"call","attribute_ids":["call.call_id"],"start_time":1600000000,"end_time":1760000000}`, nil, 400, "bad_request", "start_time must be within the data retention period of 730 days"},
		{"unknown job", "GET", "/export/reporting_data/job1", "", nil, 404, "not_found", "Export job not found for identifier: job1"},
		{"unknown download", "GET", "/download/reporting_data/job1", "", []string{"Accept", octets}, 404, "not_found", "Export job not found for identifier: job1"},
		{"download too early", "GET", "/download/reporting_data/" + pending.ID, "", []string{"Accept", octets}, 404, "not_found", "Export job not found for identifier: " + pending.ID},
		{"download without octets", "GET", "/download/reporting_data/" + pending.ID, "", []string{"Accept", json16}, 400, "bad_request", "The Accept header must be application/octet-stream"},
		{"unknown contact", "GET", "/contacts/nobody/tags", "", nil, 404, "not_found", "User Not Found"},
		{"unknown contact's segments", "GET", "/contacts/0123456789abcdef01234567/segments", "", nil, 404, "not_found", "User Not Found"},
		{"unknown company", "GET", "/companies/nobody", "", nil, 404, "company_not_found", "Company Not Found"},
		{"unknown segment", "GET", "/segments/none", "", nil, 404, "not_found", "Segment Not Found"},
		{"page too big", "GET", "/contacts?per_page=151", "", nil, 400, "parameter_invalid", "per_page is too big: at most 150"},
		{"bad cursor", "GET", "/contacts?starting_after=x", "", nil, 400, "parameter_invalid", "starting_after is not a valid cursor"},
		{"search without query", "POST", "/contacts/search", "{}", nil, 400, "parameter_not_found", "Query cannot be empty"},
		{"search by what cannot be", "POST", "/contacts/search", query(`{"field":"shoe_size","operator":"=","value":"42"}`), nil, 400, "invalid_field", "shoe_size is not a valid field to search by"},
		{"tags in a list", "POST", "/contacts/search", query(`{"field":"tag_id","operator":"IN","value":["1"]}`), nil, 400, "parameter_invalid", "IN is not a valid operator for field tag_id"},
		{"search that times out", "POST", "/contacts/search", `{"query":{"field":"role","operator":"=","value":"user"},"pagination":{"per_page":150}}`, nil, 504, "server_timeout", "The search timed out"},
		{"list too deep", "POST", "/companies/list?page=1001&per_page=10", "", nil, 400, "bad_request", "page limit reached, please use scroll API"},
		{"two filters", "GET", "/companies?segment_id=a&tag_id=b", "", nil, 400, "bad_request", "segment_id and tag_id cannot be given together"},
		{"lost scroll", "GET", "/companies/scroll?scroll_param=x", "", nil, 404, "not_found", "scroll parameter not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, text := c.call(test.method, test.path, test.body, test.header...)
			var e envelope
			if err := json.Unmarshal(text, &e); err != nil || e.Type != "error.list" || len(e.Errors) != 1 || len(e.RequestID) != 36 {
				t.Fatalf("not an error list: %s", text)
			}
			if got := e.Errors[0]; status != test.status || got.Code != test.code || got.Message != test.message {
				t.Errorf("got %d %s %q, want %d %s %q", status, got.Code, got.Message, test.status, test.code, test.message)
			}
		})
	}
}
