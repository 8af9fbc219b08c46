package probe

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/connector/workspace"
	"intercom-connector/sandbox"
)

// monday is a moment at which nobody sets the clocks.
var monday = time.Date(2026, 5, 4, 15, 30, 0, 0, time.UTC)

// made is a small workspace that speaks dialects.
func made(dialects ...string) sandbox.Options {
	return sandbox.Options{
		Timezone: "America/New_York", RowsPerDay: 120, Epoch: monday.Add(-3 * 24 * time.Hour),
		Contacts: 60, Companies: 12, Body: sandbox.Plain, Dialect: dialects, AppName: "Turtle Pond Ltd",
	}
}

// probed probes a workspace of a bubble, and holds the report against every value
// that the workspace told.
func probed(t *testing.T, o sandbox.Options, pairs ...string) (report Report) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(monday))
		all := sandbox.New(o)
		transport, stop := all.InMemory()
		defer func() { _ = stop() }()
		told := &told{next: transport, values: map[string]bool{"sandbox-token": true}}
		values := map[string]string{"access_token": "sandbox-token", "base_url": "http://127.0.0.1"}
		for i := 0; i+1 < len(pairs); i += 2 {
			values[pairs[i]] = pairs[i+1]
		}
		var err error
		if report, err = Run(t.Context(), values, workspace.Options{Transport: told}); err != nil {
			t.Fatal(err)
		}
		told.secret(t, report)
	})
	return report
}

// told carries calls and keeps every value of their answers.
type told struct {
	next   http.RoundTripper
	mu     sync.Mutex
	values map[string]bool
}

// RoundTrip carries a call.
func (k *told) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := k.next.RoundTrip(r)
	if err != nil {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	res.Body = io.NopCloser(bytes.NewReader(body))
	k.mu.Lock()
	defer k.mu.Unlock()
	var value any
	if strings.Contains(res.Header.Get("Content-Type"), "json") {
		_ = json.Unmarshal(body, &value)
		k.keep("", value)
	} else if records, _ := csv.NewReader(bytes.NewReader(body)).ReadAll(); len(records) > 0 {
		for _, record := range records[1:] {
			for _, field := range record {
				k.values[field] = true
			}
		}
	}
	return res, err
}

// keep keeps the values that are a customer's: neither the words that Intercom has
// for kinds of things, nor its own attributes.
func (k *told) keep(name string, value any) {
	switch v := value.(type) {
	case map[string]any:
		if qualified, is := v["qualified_id"].(string); is && !strings.HasPrefix(qualified, "people.") && !strings.HasPrefix(qualified, "conversation.") {
			return
		}
		for key, of := range v {
			k.keep(key, of)
		}
	case []any:
		for _, of := range v {
			k.keep(name, of)
		}
	case nil, bool:
	default:
		if !slices.Contains([]string{"type", "role", "person_type", "status", "region", "timezone", "description", "default_time_attribute_id", "code", "message", "request_id"}, name) {
			k.values[fmt.Sprint(value)] = true
		}
	}
}

// secret holds a report against the values. Those of a few letters are left out, as
// are words that both have.
func (k *told) secret(t *testing.T, r Report) {
	t.Helper()
	report, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	common := []string{"conversation", "contact", "company", "user", "call", "teammate", "tickets", "Export", "spam", "none", "language", "company_id", "0000", "integration", "owner"}
	if len(k.values) < 300 {
		t.Errorf("%d values are too few", len(k.values))
	}
	for value := range k.values {
		if len(value) > 3 && !slices.Contains(common, value) && bytes.Contains(report, []byte(value)) {
			t.Errorf("the report holds %q", value)
		}
	}
}

// of is what a report says about something.
func (r Report) of(about string) string {
	var lines []string
	for _, f := range r.Findings {
		if f.About == about {
			lines = append(lines, fmt.Sprintf("%s: %s; %s; %s", f.Verdict, f.Found, f.Follows, f.Setting))
		}
	}
	return strings.Join(lines, "\n")
}

// TestProbe: what each dialect changes is found.
func TestProbe(t *testing.T) {
	for _, test := range []struct{ dialect, about, says string }{
		{"", "header", "fine: bare ids, in the order that was asked for;"},
		{"header-qualified", "header", "fine: qualified ids, in the order"},
		{"header-names", "header", "display names"},
		{"columns-reversed", "header", "refused: bare ids, in another order than was asked for; columns cannot be told apart: ask for attributes whose names differ; attribute_ids"},
		{"column-extra", "header", "in the order that was asked for, and 1 more"},
		{"header-spaces", "lines", "fine: spaces around names"},
		{"crlf", "lines", "lines end in CR LF"},
		{"header-again", "lines", "the header comes again"},
		{"no-last-newline", "lines", "no newline at the end"},
		{"prefix-ticket", "prefixes", "fine: ticket 66, your own 10"},
		{"prefix-none", "prefixes", "fine: no prefix 66, your own 10"},
		{"qualified-ids-null", "prefixes", "get_datasets tells no qualified ids"},
		{"unknown-dataset", "datasets", "14, 1 of them not in the catalogue"},
		{"", "times", "0000-00-00 00:00:00, without a zone"},
		{"times-minutes", "times", "0000-00-00 00:00, without a zone"},
		{"times-minutes", "ends of a range", "unknown: times have no seconds"},
		{"times-am-pm", "times", "0000-00-00 00:00:00 AM or 0000-00-00 00:00:00 PM"},
		{"times-+00:00", "times", "0000-00-00T00:00:00+00:00: they say their zone"},
		{"times-epoch-ms", "times", "0000000000000: they say their zone"},
		{"times-date", "times", "refused: dates alone: 0000-00-00;"},
		{"", "zone", "fine: America/New_York fits;"},
		{"zone-utc", "zone", `refused: times are of UTC, not of America/New_York; write "UTC": a sync refuses rows outside their window; timezone`},
		{"zone-other", "zone", "UTC+09:00 fits; write a zone of that offset: a sync refuses rows outside their window; timezone"},
		{"", "ends of a range", "the start is included, the end is included"},
		{"ends-start-only", "ends of a range", "the start is included, the end is left out"},
		{"ends-end-only", "ends of a range", "the start is left out, the end is included"},
		{"ends-neither", "ends of a range", "the start is left out, the end is left out"},
		{"row-id-twice", "row ids", "have the id of an earlier one; a warehouse keeps one row of each id, a lake all; primary_keys"},
		{"row-id-empty", "row ids", "rows have none; such a row has one made of its texts"},
		{"fraction-in-count", "types", "warned: values do not fit: "},
		{"long-windows-504", "length of a job", "a longer one than 1.5 hours fails"},
		{"long-windows-503", "length of a job", "a longer one than 6 hours fails"},
		{"empty-once", "empty exports", "the same one again gave some"},
		{"empty-once-header", "empty exports", "the same one again gave some"},
		{"", "export slots", "fine: one was free at once"},
		{"status-in-progress", "export job", " s for the last 24 hours"},
		{"pages-too-large-500", "contacts", "fine: pages of 18, counted"},
		{"total-count-absent", "contacts", "not counted; a list without a count is read twice"},
		{"people-times-garbage", "contacts: values", "warned: not what they should be: "},
		{"nul", "contacts: texts", "hold NUL or half characters"},
		{"segment-search-404", "search by segment", "warned: 404"},
		{"segment-search-gone", "search by segment", "fine: 404, and the segment is gone"},
		{"segment-search-400", "search by segment", "cannot be proven complete"},
		{"people-times-garbage", "companies: values", "not what they should be: created_at"},
		{"people-times-garbage", "segments: values", "not what they should be: "},
		{"half-surrogates", "companies: texts", "hold NUL or half characters"},
		{"scroll-taken", "companies", "warned: counted; a scroll over them is open elsewhere"},
		{"scroll-taken-bare", "companies", "the companies cannot be proven complete"},
		{"admins-forbidden", "teammates and teams", "warned: not allowed"},
		{"deletions-forbidden", "deleted conversations", "warned: not allowed"},
		{"", "deleted conversations", "fine: none"},
		{"", "companies", "the scroll ends by an empty page"},
		{"scroll-end-404", "companies", "the scroll ends by 404"},
		{"scroll-end-repeats", "companies", "the scroll ends by the same page again"},
		{"scroll-open", "companies", "another program scrolls too"},
		{"scroll-none", "companies", "there is no scroll over them"},
		{"companies-forbidden", "companies", "fine: not allowed; this configuration does without"},
		{"url-403", "export job", " s for the last 24 hours"},
	} {
		t.Run(test.dialect+" "+test.about, func(t *testing.T) {
			t.Parallel()
			r := probed(t, made(strings.Fields(test.dialect)...))
			if got := r.of(test.about); !strings.Contains(got, test.says) {
				t.Errorf("%s: got %q, want %q in it", test.about, got, test.says)
			}
		})
	}
}

// TestSlotsTaken: others hold all slots for a while, or for good.
func TestSlotsTaken(t *testing.T) {
	for until, says := range map[time.Duration]string{
		25 * time.Second: "warned: all five were taken for 30s; other integrations run exports: with fewer parallel_jobs a sync leaves slots to them; parallel_jobs",
		time.Hour:        "unknown: all five were taken for 3m0s; a sync waits for one too: other integrations run exports all the time; parallel_jobs",
	} {
		o := made()
		o.ForeignJobs = func(now time.Time) int {
			if now.Before(monday.Add(until)) {
				return 5
			}
			return 0
		}
		if got := probed(t, o).of("export slots"); got != says {
			t.Errorf("got %q, want %q", got, says)
		}
	}
}

// TestMixtures: of several differences at once each is found, and nothing of the
// workspace's is told.
func TestMixtures(t *testing.T) {
	for _, test := range []struct {
		mixture string
		want    [][2]string
	}{
		{"qualified-ids-null crlf times-date total-count-null packed-tgz", [][2]string{
			{"prefixes", "fine: get_datasets tells no qualified ids"},
			{"lines", "lines end in CR LF"},
			{"times", "refused: dates alone"},
			{"contacts", "not counted"},
		}},
		{"columns-reversed column-extra pages-too-large-503 scroll-end-404 times-minutes", [][2]string{
			{"header", "refused: bare ids, in another order than was asked for, and 1 more"},
			{"times", "0000-00-00 00:00"},
			{"contacts", "pages of 18"},
			{"companies", "the scroll ends by 404"},
		}},
		{"header-qualified prefix-system ends-neither row-id-twice people-times-garbage scroll-end-repeats", [][2]string{
			{"header", "fine: qualified ids"},
			{"prefixes", "system 66"},
			{"row ids", "warned: "},
			{"ends of a range", "the start is left out, the end is left out"},
			{"contacts: values", "created_at"},
			{"companies", "the same page again"},
		}},
		{"zone-utc header-spaces fraction-in-count companies-forbidden nul", [][2]string{
			{"zone", "timezone"},
			{"lines", "spaces around names"},
			{"types", "warned: values do not fit: "},
			{"companies", "refused: intercom: scroll companies: 403"},
			{"contacts: texts", "warned"},
		}},
		{"times-epoch-ms long-windows-failed ends-start-only segment-search-404 lists-array unknown-dataset url-late", [][2]string{
			{"times", "0000000000000: they say their zone"},
			{"length of a job", "a longer one than 6 hours fails"},
			{"ends of a range", "the start is included, the end is left out"},
			{"search by segment", "warned: 404"},
			{"datasets", "1 of them not in the catalogue"},
		}},
	} {
		t.Run(test.mixture, func(t *testing.T) {
			t.Parallel()
			r := probed(t, made(strings.Fields(test.mixture)...), "memberships", "current")
			for _, want := range test.want {
				if got := r.of(want[0]); !strings.Contains(got, want[1]) {
					t.Errorf("%s: got %q, want %q in it", want[0], got, want[1])
				}
			}
		})
	}
}

// TestRefusals: without a workspace there is nothing to probe; without datasets the
// lists are.
func TestRefusals(t *testing.T) {
	if _, err := Run(t.Context(), map[string]string{"access_token": "a-token-of-tests", "region": "MARS"}, workspace.Options{}); err == nil {
		t.Error("a region that is none was probed")
	}
	o := made()
	o.Scopes = []string{sandbox.ScopePeople}
	r := probed(t, o)
	if got := r.of("datasets"); !strings.Contains(got, "refused: ") || !strings.Contains(got, "required scope") {
		t.Errorf("got %q", got)
	}
	if got := r.of("contacts"); !strings.Contains(got, "pages of 150") || !r.Contradicts() {
		t.Errorf("got %q", got)
	}
}

// A dataset that cannot be read is named though another was tried, and had rows.
func TestAllDatasetsArePlanned(t *testing.T) {
	r := probed(t, made("time-attribute-new"), "dataset_id", "all")
	if got := r.of("datasets"); !strings.Contains(got, "refused: a dataset that is not in the catalogue cannot be read") || r.of("row ids") == "" || !r.Contradicts() {
		t.Errorf("got %s; row ids: %s", got, r.of("row ids"))
	}
}
