package sandbox

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"intercom-connector/sandbox/faults"
)

// deletedPage is a page of GET /conversations/deleted.
type deletedPage struct {
	Conversations []struct {
		ID       string
		Retained bool  `json:"metrics_retained"`
		At       int64 `json:"deleted_at"`
	}
	Total int `json:"total_count"`
	Pages struct{ Next *string }
}

// Deleted conversations are listed the last first; where their metrics are not
// retained their rows are gone from every dataset, and nothing else is.
func TestDeletedConversations(t *testing.T) {
	o := Options{Now: at(morning), Epoch: morning.Add(-60 * day), JobTime: instant, RowsPerDay: 60}
	whole := New(o)
	o.Deleted = 100
	o.Deletions = []Deletion{{ConversationID: "12", At: morning.Add(-time.Hour)}, {ConversationID: "13", At: morning.Add(time.Hour)}}
	s, c := serve(t, o)
	var listed []Deletion
	last := int64(1 << 60)
	for path := "/conversations/deleted?per_page=60"; path != ""; {
		var p deletedPage
		c.get(&p, "GET", path, "")
		for _, d := range p.Conversations {
			if d.At > last {
				t.Fatalf("%s comes after one deleted later", d.ID)
			}
			last = d.At
			listed = append(listed, Deletion{ConversationID: d.ID, At: time.Unix(d.At, 0), MetricsRetained: d.Retained})
		}
		path = ""
		if p.Pages.Next != nil {
			path = strings.TrimPrefix(*p.Pages.Next, c.base)
		} else if p.Total != len(listed) {
			t.Errorf("total_count %d, %d listed", p.Total, len(listed))
		}
	}
	slices.Reverse(listed)
	if truth := s.TruthDeletions(); len(listed) < 100 || !slices.EqualFunc(listed, truth, func(a, b Deletion) bool {
		return a.ConversationID == b.ConversationID && a.MetricsRetained == b.MetricsRetained && a.At.Unix() == b.At.Unix()
	}) {
		t.Errorf("%d listed, %d in the truth", len(listed), len(truth))
	}
	gone, retained := map[string]bool{}, 0
	for _, d := range listed {
		if d.MetricsRetained {
			retained++
		} else {
			gone[d.ConversationID] = true
		}
	}
	for _, dataset := range []string{"conversation", "consolidated_conversation_part", "tickets"} {
		const key = "standard.conversation_id"
		left := 0
		for r := range s.Truth(dataset) {
			if left++; gone[r.Values[key]] {
				t.Errorf("%s has a row of %s, which is gone", dataset, r.Values[key])
			}
		}
		for r := range whole.Truth(dataset) {
			if !gone[r.Values[key]] {
				left--
			}
		}
		if left != 0 {
			t.Errorf("%s: %d rows more than those that were not deleted", dataset, left)
		}
	}
	if retained == 0 || len(gone) < retained {
		t.Errorf("%d retained, %d not", retained, len(gone))
	}
	for path, want := range map[string]int{"?order=asc": 200, "?order=up": 400, "?per_page=61": 400} {
		if status, text := c.call("GET", "/conversations/deleted"+path, ""); status != want {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if status, text := c.call("GET", "/conversations/deleted", "", "Intercom-Version", "2.15"); status != 400 || !bytes.Contains(text, []byte("intercom_version_invalid")) {
		t.Errorf("version 2.15: %d %s", status, text)
	}
}

// Admins and teams know each other, and vanish.
func TestTeammates(t *testing.T) {
	clock := morning
	s, c := serve(t, Options{Now: func() time.Time { return clock }, HiddenAdmin: func(id string, now time.Time) bool { return id == "6814000" && now.After(morning) }})
	var admins struct {
		Admins []struct {
			ID, Name string
			Teams    []int64 `json:"team_ids"`
		}
	}
	var teams struct {
		Teams []struct {
			ID, Name string
			Admins   []int64 `json:"admin_ids"`
		}
	}
	c.get(&admins, "GET", "/admins", "")
	c.get(&teams, "GET", "/teams", "")
	pairs := map[string]bool{}
	for _, a := range admins.Admins {
		for _, team := range a.Teams {
			pairs[fmt.Sprint(a.ID, " ", team)] = true
		}
	}
	for _, team := range teams.Teams {
		for _, a := range team.Admins {
			if pair := fmt.Sprint(a, " ", team.ID); !pairs[pair] {
				t.Errorf("the team alone knows of %s", pair)
			} else {
				delete(pairs, pair)
			}
		}
	}
	if len(pairs) > 0 || len(admins.Admins) != 16 || len(teams.Teams) != 6 || len(s.TruthTeams()) != 6 {
		t.Errorf("%d admins, %d teams; admins alone know of %v", len(admins.Admins), len(teams.Teams), pairs)
	}
	names := map[string]bool{}
	for _, a := range admins.Admins {
		names[a.Name] = true
	}
	for r := range s.Truth("conversation") {
		if name := r.Values["teammate.currently_assigned_teammate_id"]; name != "" && !names[name] {
			t.Fatalf("%s is no admin", name)
		}
	}
	clock = clock.Add(time.Second)
	if left := s.TruthTeammates(); len(left) != 15 || left[0].ID == "6814000" {
		t.Errorf("after one has gone there are %d", len(left))
	}
}

// messageData exports message data and returns the rows of each file by the
// part of its name before the first date.
func (c *client) messageData(from, to time.Time) map[string][][]string {
	c.t.Helper()
	var j jobView
	c.get(&j, "POST", "/export/content/data", fmt.Sprintf(`{"created_at_after":%d,"created_at_before":%d}`, from.Unix(), to.Unix()))
	c.get(&j, "GET", "/export/content/data/"+j.ID, "")
	if j.Status != "completed" {
		c.t.Fatalf("the job is %+v", j)
	}
	status, body := c.call("GET", strings.TrimPrefix(j.URL, c.base), "", "Accept", "application/octet-stream")
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		c.t.Fatalf("%d %v: %.100s", status, err, body)
	}
	files := map[string][][]string{}
	for _, f := range archive.File {
		entry, err := f.Open()
		if err != nil {
			c.t.Fatal(err)
		}
		rows, err := csv.NewReader(entry).ReadAll()
		if err != nil {
			c.t.Fatal(err)
		}
		name, _, _ := strings.Cut(f.Name, "_2")
		files[name] = rows
	}
	return files
}

// A job tells of messages sent in its range, both ends included, and of what
// happened to them within the same range; a wider one later tells the rest.
func TestMessageData(t *testing.T) {
	sent := morning.Add(-20 * day)
	clock := morning
	s, c := serve(t, Options{Now: func() time.Time { return clock }, JobTime: instant, Receipts: []Receipt{
		{ID: "1", Sent: sent, Values: map[string]string{"email": "a@example.com"}, Events: []Event{
			{Name: "open", At: sent.Add(time.Hour)},
			{Name: "click", At: sent.Add(10 * day), Values: map[string]string{"clicked_url": "https://example.com/?a,b"}},
			{Name: "reply", At: morning.Add(day)},
		}},
		{ID: "2", Sent: sent.Add(day), Values: map[string]string{"email": "b@example.com"}},
		{ID: "3", Sent: sent.Add(2 * day)},
	}})
	narrow, wide := c.messageData(sent, sent.Add(day)), c.messageData(sent, morning)
	if names := slices.Sorted(maps.Keys(narrow)); !slices.Equal(names, []string{"open", "receipt"}) || len(narrow["receipt"]) != 3 {
		t.Errorf("the narrow range has %v", narrow)
	}
	if names := slices.Sorted(maps.Keys(wide)); !slices.Equal(names, []string{"click", "open", "receipt"}) || len(wide["receipt"]) != 4 {
		t.Errorf("the wide range has %v", wide)
	}
	unix := strconv.FormatInt(sent.Add(10*day).Unix(), 10)
	if want := [][]string{{"receipt_id", "clicked_at", "clicked_url"}, {"1", unix, "https://example.com/?a,b"}}; !slices.EqualFunc(wide["click"], want, slices.Equal) {
		t.Errorf("clicks: %q, want %q", wide["click"], want)
	}
	first := slices.Index(wide["receipt"][0], "first_click")
	if narrow["receipt"][1][first] != "" || wide["receipt"][1][first] != unix {
		t.Errorf("first_click is %q and %q", narrow["receipt"][1][first], wide["receipt"][1][first])
	}
	if truth := slices.Collect(s.TruthReceipts()); len(truth) != 3 || len(truth[0].Events) != 2 {
		t.Errorf("the truth: %+v", truth)
	}
	clock = clock.Add(2 * day)
	if truth := slices.Collect(s.TruthReceipts()); len(truth[0].Events) != 3 {
		t.Errorf("the truth two days later: %+v", truth)
	}
}

// The built-in messages are opened and answered up to thirty days later, and an
// export of all agrees with the truth.
func TestBuiltinMessages(t *testing.T) {
	s, c := serve(t, Options{Now: at(morning), Epoch: morning.Add(-60 * day), JobTime: instant})
	files := c.messageData(morning.Add(-61*day), morning)
	events, late, receipts := map[string]int{}, 0, 0
	for r := range s.TruthReceipts() {
		receipts++
		for _, e := range r.Events {
			events[e.Name]++
			if e.At.Sub(r.Sent) > 10*day {
				late++
			}
		}
	}
	if receipts < 2000 || len(files["receipt"])-1 != receipts || len(events) != 8 || late < 100 {
		t.Errorf("%d receipts of %d, events %v, %d late", len(files["receipt"])-1, receipts, events, late)
	}
	for name, n := range events {
		if len(files[name])-1 != n {
			t.Errorf("%s: %d rows, %d in the truth", name, len(files[name])-1, n)
		}
	}
}

// One job at a time, which can be cancelled; what is over is not there.
func TestMessageJobs(t *testing.T) {
	clock := morning
	_, c := serve(t, Options{Now: func() time.Time { return clock }, JobTime: func(string, int, time.Duration) time.Duration { return time.Minute }})
	body := fmt.Sprintf(`{"created_at_after":%d,"created_at_before":%d}`, morning.Add(-day).Unix(), morning.Unix())
	start := func() (j jobView) {
		c.get(&j, "POST", "/export/content/data", body)
		return j
	}
	status := func(j jobView) string {
		c.get(&j, "GET", "/export/content/data/"+j.ID, "")
		return j.Status
	}
	first := start()
	if code, text := c.call("POST", "/export/content/data", body); code != 429 || !bytes.Contains(text, []byte("Exceeded rate limit of 1 pending message data export jobs")) {
		t.Errorf("a second job: %d %s", code, text)
	}
	if got := status(first); got != "pending" {
		t.Errorf("at first it is %s", got)
	}
	var canceled jobView
	c.get(&canceled, "POST", "/export/cancel/"+first.ID, "")
	second := start()
	clock = clock.Add(time.Minute)
	if a, b := status(first), status(second); a != "canceled" || b != "completed" {
		t.Errorf("the first is %s, the second %s", a, b)
	}
	body = fmt.Sprintf(`{"created_at_after":%d,"created_at_before":%d}`, morning.Add(-400*day).Unix(), morning.Add(-399*day).Unix())
	third := start()
	clock = clock.Add(time.Minute)
	if got := status(third); got != "no_data" {
		t.Errorf("a range before the epoch is %s", got)
	}
	clock = clock.Add(2*day + time.Second)
	if code, text := c.call("GET", "/export/content/data/"+second.ID, ""); code != 404 {
		t.Errorf("two days later: %d %s", code, text)
	}
	for bad, want := range map[string]string{
		`{"created_at_before":1}`:                              "'created_at_after' is a required parameter",
		`{"created_at_after":1.5,"created_at_before":2}`:       "'created_at_after' must be an integer of epoch seconds",
		`{"created_at_after":2,"created_at_before":2}`:         "created_at_after must be before created_at_before",
		`{"created_at_after":1,"created_at_before":"two"}`:     "not valid JSON",
		`{"created_at_after":"1","created_at_before":"2","x"}`: "not valid JSON",
	} {
		if code, text := c.call("POST", "/export/content/data", bad); code != 400 || !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s: %d %s", bad, code, text)
		}
	}
}

// No more receipts than the limit, and faults that reach message jobs.
func TestMessageLimitAndFaults(t *testing.T) {
	_, c := serve(t, Options{Now: at(morning), JobTime: instant, MessageLimit: 50})
	if got := len(c.messageData(morning.Add(-30*day), morning)["receipt"]) - 1; got != 50 {
		t.Errorf("%d receipts, want 50", got)
	}
	body := fmt.Sprintf(`{"created_at_after":%d,"created_at_before":%d}`, morning.Add(-day).Unix(), morning.Unix())
	for fault, want := range map[faults.Fault]string{faults.JobFailed: "failed", faults.JobFailed + "=canceled": "canceled"} {
		var j jobView
		c.get(&j, "POST", "/export/content/data", body, faults.FaultHeader, string(fault))
		c.get(&j, "GET", "/export/content/data/"+j.ID, "")
		if j.Status != want {
			t.Errorf("%s: status %s", fault, j.Status)
		}
	}
	if code, _ := c.call("POST", "/export/content/data", body, faults.FaultHeader, string(faults.JobLimited)); code != 429 {
		t.Errorf("429-jobs answers %d", code)
	}
	var j jobView
	c.get(&j, "POST", "/export/content/data", body)
	for fault, want := range map[faults.Fault]int{faults.URLExpired404: 404, faults.URLExpired403: 403} {
		if answer, _ := c.octets("/download/content/data/"+j.ID, faults.FaultHeader, string(fault)); answer.StatusCode != want {
			t.Errorf("%s answers %d", fault, answer.StatusCode)
		}
	}
}

// octets downloads from a path.
func (c *client) octets(path string, header ...string) (*http.Response, []byte) {
	c.t.Helper()
	answer, err := c.do("GET", path, "", append([]string{"Accept", "application/octet-stream"}, header...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer, body
}

// messageFiles are the files of a day's message data under a dialect, as text.
func (x *trial) messageFiles() string {
	x.t.Helper()
	var j jobView
	x.c.get(&j, "POST", "/export/content/data", fmt.Sprintf(`{"created_at_after":%d,"created_at_before":%d}`, morning.Add(-15*day).Unix(), morning.Add(-14*day).Unix()))
	_, body := x.c.octets("/download/content/data/" + j.ID)
	return string(bytes.Join(unpack(x.t, body), []byte("\n")))
}

var (
	_ = testDialect("messages-in-progress", func(x *trial) {
		x.s, x.c = serve(x.t, Options{Now: at(morning), JobTime: func(string, int, time.Duration) time.Duration { return time.Hour }, Dialect: x.s.Dialect()})
		var j jobView
		x.c.get(&j, "POST", "/export/content/data", `{"created_at_after":1,"created_at_before":2}`)
		x.c.get(&j, "GET", "/export/content/data/"+j.ID, "")
		x.want(j.Status == "in_progress", "status %s", j.Status)
	})
	_ = testDialect("messages-tgz", func(x *trial) {
		x.want(strings.Contains(x.messageFiles(), "receipt_id,opened_at\n"), "no events: %.300s", x.messageFiles())
		var j jobView
		x.c.get(&j, "POST", "/export/content/data", fmt.Sprintf(`{"created_at_after":1,"created_at_before":%d}`, morning.Unix()))
		_, body := x.c.octets("/download/content/data/" + j.ID)
		x.want(bytes.HasPrefix(body, gzipMagic), "it begins %.10q", body)
	})
	_ = testDialect("messages-times-text", func(x *trial) {
		x.want(strings.Contains(x.messageFiles(), ",2026-02-2") && strings.Contains(x.messageFiles(), " UTC\n"), "times: %.500s", x.messageFiles())
	})
	_ = testDialect("messages-all-time", func(x *trial) {
		all := strings.Count(x.messageFiles(), "\n")
		plain, c := serve(x.t, Options{Now: at(morning), Epoch: morning.Add(-20 * day), JobTime: instant, Contacts: 400, Companies: 230})
		within := strings.Count((&trial{t: x.t, s: plain, c: c}).messageFiles(), "\n")
		x.want(all > within, "%d lines, and %d of the range alone", all, within)
	})
	_ = testDialect("messages-dismisall", func(x *trial) {
		x.want(strings.Contains(x.messageFiles(), ",first_dismisall,"), "the header: %.900s", x.messageFiles())
	})
	_ = testDialect("messages-shuffled", func(x *trial) {
		lines := strings.Split(x.messageFiles(), "\n")
		x.want(len(lines) > 20 && !slices.IsSortedFunc(lines[1:20], strings.Compare), "in order: %.300q", lines)
	})
	_ = testDialect("messages-reversed", func(x *trial) {
		x.want(strings.HasPrefix(x.messageFiles(), "first_fin_step_reached,") && strings.Contains(x.messageFiles(), "opened_at,receipt_id\n"), "the header: %.300s", x.messageFiles())
	})
	_ = testDialect("messages-extra", func(x *trial) {
		x.want(strings.Contains(x.messageFiles(), ",brand_new_field\n") && strings.Contains(x.messageFiles(), "user_id,received_at,receipt_id,opened_at\n"), "the header: %.900s", x.messageFiles())
	})
	_ = testDialect("messages-parts", func(x *trial) {
		x.want(strings.Count(x.messageFiles(), "receipt_id,opened_at\n") == 2, "not two files: %.300s", x.messageFiles())
	})
	_ = testDialect("messages-gzip", func(x *trial) {
		x.want(strings.Contains(x.messageFiles(), "receipt_id") && !strings.Contains(x.messageFiles(), "opened_at"), "more than receipts: %.300s", x.messageFiles())
	})
	_ = testDialect("messages-no-opens", func(x *trial) {
		x.want(!strings.Contains(x.messageFiles(), "opened_at") && strings.Contains(x.messageFiles(), "clicked_at"), "opens: %.300s", x.messageFiles())
	})
	_ = testDialect("messages-header-only", func(x *trial) {
		var j jobView
		x.c.get(&j, "POST", "/export/content/data", `{"created_at_after":1,"created_at_before":2}`)
		x.c.get(&j, "GET", "/export/content/data/"+j.ID, "")
		_, body := x.c.octets("/download/content/data/" + j.ID)
		x.want(j.Status == "completed" && strings.Count(string(bytes.Join(unpack(x.t, body), nil)), "\n") == 1, "%+v, %.100q", j, body)
	})
	_ = testDialect("admins-forbidden", reachTest("/admins", "/teams"))
	_ = testDialect("deletions-forbidden", reachTest("/conversations/deleted"))
	_ = testDialect("messages-forbidden", reachTest("/export/content/data/x"))
)

func reachTest(withheld ...string) func(*trial) {
	return func(x *trial) {
		for _, path := range []string{"/admins", "/teams", "/conversations/deleted", "/export/content/data/x", "/tags"} {
			got, text := x.c.call("GET", path, "")
			x.want((got == 403) == slices.Contains(withheld, path) && json.Valid(text), "%s: %d %s", path, got, text)
		}
	}
}
