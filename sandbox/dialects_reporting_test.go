package sandbox

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"intercom-connector/sandbox/workspace"
)

// list is what get_datasets answers.
func (x *trial) list() (l datasetList) {
	x.t.Helper()
	x.c.get(&l, "GET", "/export/reporting_data/get_datasets", "")
	return l
}

// text is the CSV of a month of a dataset, as sent.
func (x *trial) text(dataset string, attributes ...string) string {
	x.t.Helper()
	return x.between(dataset, morning.Add(-30*day), x.clock, attributes...)
}

func (x *trial) between(dataset string, from, to time.Time, attributes ...string) string {
	x.t.Helper()
	j := x.c.enqueued(dataset, from, to, attributes...)
	answer, body := x.c.downloaded(j.ID, "Accept-Encoding", "identity")
	if answer.StatusCode != http.StatusOK {
		x.t.Fatalf("download: status %d: %s", answer.StatusCode, body)
	}
	return string(body)
}

// refused returns the status and text of an enqueue.
func (x *trial) refused(dataset string, attributes ...string) (int, string) {
	x.t.Helper()
	status, text := x.c.call("POST", "/export/reporting_data/enqueue", exportBody(dataset, morning.Add(-day), morning, attributes...))
	return status, string(text)
}

// truth are a column's values in the truth.
func (x *trial) truth(dataset, key string) (values []string) {
	for r := range x.s.Truth(dataset) {
		values = append(values, r.Values[key])
	}
	return values
}

func (x *trial) want(ok bool, format string, args ...any) {
	x.t.Helper()
	if !ok {
		x.t.Errorf(format, args...)
	}
}

// column returns one column of a CSV, without its header.
func (x *trial) column(text string, n int) (cells []string) {
	x.t.Helper()
	for _, row := range parsed(x.t, []byte(text))[1:] {
		cells = append(cells, row[n])
	}
	return cells
}

const (
	callID   = "call.call_id"
	callTime = "timestamp.call_initiated_at"
	talkTime = "call.call_talk_time"
	answered = "standard.conversation_id"
)

// prefixes: own attributes have another name, in lists and in requests; the
// truth is told by the plain one.
func prefixTest(prefix string) func(*trial) {
	return func(x *trial) {
		keys := x.list().keys("conversation")
		x.want(slices.Contains(keys, prefix+"conversation_id") && slices.Contains(keys, prefix+"conversation_started_at"), "attributes: %q", keys)
		x.want(slices.Contains(keys, "people.Brand"), "a custom attribute lost its prefix: %q", keys)
		got := x.column(x.text("conversation", prefix+"conversation_id"), 0)
		x.want(len(got) > 0 && slices.Equal(got, x.truth("conversation", "standard.conversation_id")), "%d rows", len(got))
		status, text := x.refused("conversation", "standard.conversation_id")
		x.want(status == 400, "the plain name is answered with %d: %s", status, text)
	}
}

var (
	_ = testDialect("prefix-conversation", prefixTest("conversation."))
	_ = testDialect("prefix-ticket", prefixTest("ticket."))
	_ = testDialect("prefix-system", prefixTest("system."))
	_ = testDialect("prefix-company", prefixTest("company."))
	_ = testDialect("prefix-none", prefixTest(""))
	_ = testDialect("prefix-mixed", func(x *trial) {
		prefixTest("conversation.")(x)
		keys := x.list().keys("ticket_time_in_state")
		for _, want := range []string{"ticket.ticket_created_at", "conversation.conversation_id", "system.channel", "company.company_id"} {
			x.want(slices.Contains(keys, want), "%s is not among %q", want, keys)
		}
	})
	_ = testDialect("time-attribute-qualified", func(x *trial) {
		x.want(*x.list().Data[0].Time == "timestamp.conversation_started_at", "the time attribute is %q", *x.list().Data[0].Time)
	})
	_ = testDialect("time-attribute-unlisted", func(x *trial) {
		l := x.list()
		last := l.Data[len(l.Data)-1]
		x.want(last.Time != nil && !slices.ContainsFunc(l.keys(last.ID), func(k string) bool { return workspace.BareID(k) == *last.Time }), "%s lists its time", last.ID)
		status, _ := x.refused(last.ID, "timestamp."+*last.Time)
		x.want(status == 400, "it can be asked for: %d", status)
		x.want(slices.Contains(l.keys("call"), callTime), "another dataset lost its time")
	})
	_ = testDialect("time-attribute-null", func(x *trial) {
		_, text := x.c.call("GET", "/export/reporting_data/get_datasets", "")
		x.want(strings.Count(string(text), `"default_time_attribute_id":null`) == len(x.list().Data), "times: %.300s", text)
	})
	_ = testDialect("time-attribute-absent", func(x *trial) {
		_, text := x.c.call("GET", "/export/reporting_data/get_datasets", "")
		x.want(!strings.Contains(string(text), "default_time_attribute_id"), "times: %.300s", text)
	})
	_ = testDialect("time-attribute-new", func(x *trial) {
		l := x.list()
		last := l.Data[len(l.Data)-1]
		x.want(last.ID == "workflow_step" && last.Time == nil && l.Data[0].Time != nil, "the last is %+v", last)
	})
	_ = testDialect("qualified-ids-null", func(x *trial) {
		_, text := x.c.call("GET", "/export/reporting_data/get_datasets", "")
		x.want(strings.Contains(string(text), `"qualified_id":null`), "qualified ids: %.300s", text)
		x.want(strings.HasPrefix(x.text("call", "call_id"), "call_id\n"), "a bare id is not taken")
		status, _ := x.refused("call", callID)
		x.want(status == 400, "a qualified id is answered with %d", status)
	})
	_ = testDialect("qualified-ids-absent", func(x *trial) {
		_, text := x.c.call("GET", "/export/reporting_data/get_datasets", "")
		x.want(!strings.Contains(string(text), "qualified_id"), "qualified ids: %.300s", text)
		x.want(strings.HasPrefix(x.text("call", "call_id"), "call_id\n"), "a bare id is not taken")
	})
	_ = testDialect("names-null", func(x *trial) {
		l := x.list()
		x.want(l.Data[0].Name == nil && l.Data[0].Attributes[0].Name == nil, "names are given: %+v", l.Data[0])
	})
	_ = testDialect("dataset-twice", func(x *trial) {
		l := x.list()
		last := len(l.Data) - 1
		x.want(last > 0 && l.Data[0].ID == l.Data[last].ID, "the first is %q, the last %q", l.Data[0].ID, l.Data[last].ID)
	})
	_ = testDialect("attribute-twice", func(x *trial) {
		keys := x.list().keys("call")
		x.want(keys[0] == keys[1] && keys[1] != keys[2], "attributes: %q", keys)
	})
	_ = testDialect("unknown-dataset", func(x *trial) {
		keys := x.list().keys("workflow_step")
		x.want(len(keys) == 5, "attributes: %q", keys)
		got := x.column(x.text("workflow_step", keys...), 1)
		x.want(len(got) > 100 && slices.Equal(got, x.truth("workflow_step", keys[1])), "%d rows", len(got))
	})
	_ = testDialect("unknown-attribute", func(x *trial) {
		got := x.column(x.text("call", "standard.brand_new_metric"), 0)
		x.want(slices.Contains(got, "medium") && slices.Equal(got, x.truth("call", "standard.brand_new_metric")), "values: %q", got)
	})
	_ = testDialect("attribute-removed", func(x *trial) {
		x.want(slices.Contains(x.list().keys("call"), talkTime), "gone too early")
		x.clock = x.clock.Add(day)
		x.want(!slices.Contains(x.list().keys("call"), talkTime), "still there after a day")
		status, text := x.refused("call", talkTime)
		x.want(status == 400 && strings.Contains(text, "attribute_ids invalid for call dataset"), "asked for: %d %s", status, text)
	})
	_ = testDialect("type-changes", func(x *trial) {
		const key = "duration.conversation_first_response_time"
		x.want(!strings.Contains(x.text("conversation", key), " s"), "changed too early")
		x.clock = x.clock.Add(day)
		got := x.column(x.text("conversation", key, answered), 0)
		x.want(slices.ContainsFunc(got, func(v string) bool { return strings.HasSuffix(v, " s") }), "values: %q", got)
		x.want(slices.Equal(got, x.truth("conversation", key)), "the truth has others")
	})
	_ = testDialect("row-id-twice", func(x *trial) {
		ids := x.column(x.text("conversation", "standard.conversation_id"), 0)
		unique := len(slices.Compact(slices.Clone(ids)))
		x.want(unique < len(ids) && len(ids) < 2*unique, "%d rows with %d ids", len(ids), unique)
		x.want(slices.Equal(ids, x.truth("conversation", "standard.conversation_id")), "the truth has others")
		x.want(strings.Contains(x.text("conversation", "standard.channel"), " (again)"), "the second is like the first")
	})
)

// finished is the status of a job whose time is over.
func (x *trial) finished(span time.Duration) (j jobView, status int) {
	x.t.Helper()
	made := x.c.enqueued("call", morning.Add(-span), morning, callID)
	return x.status(made.ID)
}

func (x *trial) status(id string) (j jobView, status int) {
	x.t.Helper()
	answer, err := x.c.do("GET", "/export/reporting_data/"+id, "")
	if err != nil {
		x.t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return j, answer.StatusCode
	}
	x.c.get(&j, "GET", "/export/reporting_data/"+id, "")
	return j, http.StatusOK
}

func statusTest(want string) func(*trial) {
	return func(x *trial) {
		j, _ := x.finished(time.Hour)
		x.want(j.Status == want && j.URL != "", "got %+v", j)
	}
}

func linkTest(want int) func(*trial) {
	return func(x *trial) {
		j, _ := x.finished(day)
		status, text := x.c.call("GET", strings.TrimPrefix(j.URL, x.c.base), "", "Accept", "application/octet-stream")
		x.want(status == want && strings.HasPrefix(string(text), "<?xml"), "%s answers %d %s", j.URL, status, text)
		answer, _ := x.c.downloaded(j.ID)
		x.want(answer.StatusCode == 200, "the other address answers %d", answer.StatusCode)
	}
}

func emptyTest(want string) func(*trial) {
	return func(x *trial) {
		x.want(x.between("call", morning.Add(-20*day-time.Hour), morning.Add(-20*day), callID) == want, "an export without rows is not %q", want)
		x.want(strings.HasPrefix(x.text("call", callID), "call_id\n515"), "an export with rows is empty")
	}
}

func onceTest(calls, conversations string) func(*trial) {
	return func(x *trial) {
		x.want(x.text("call", callID) == calls, "the first export is another")
		got := x.column(x.text("call", callID), 0)
		x.want(len(got) > 10 && slices.Equal(got, x.truth("call", callID)), "the second has %d rows", len(got))
		x.want(x.text("conversation", answered) == conversations, "the first of another dataset is another")
	}
}

// endsTest: a row at start, one between and one at end; which are exported.
func endsTest(want ...string) func(*trial) {
	return func(x *trial) {
		var rows []Row
		for i, id := range []string{"start", "between", "end"} {
			rows = append(rows, Row{Time: morning.Add(time.Duration(i-3) * time.Hour), Values: map[string]string{"standard.id": id}})
		}
		name := x.s.Dialect()[0]
		x.s, x.c = serve(x.t, Options{Now: at(morning), JobTime: instant, Dialect: []string{name}, Datasets: []Dataset{{
			ID: "d", TimeAttribute: "at", Attributes: []Attribute{{QualifiedID: "standard.id"}, {QualifiedID: "timestamp.at"}}, Rows: rows,
		}}})
		got := x.column(x.between("d", morning.Add(-3*time.Hour), morning.Add(-time.Hour), "standard.id"), 0)
		x.want(slices.Equal(got, want), "exported are %q, want %q", got, want)
	}
}

// toldTest: a job is told with another status of HTTP.
func toldTest(want int) func(*trial) {
	return func(x *trial) {
		code, text := x.c.call("POST", "/export/reporting_data/enqueue", exportBody("call", morning.Add(-day), morning, callID))
		id := regexp.MustCompile(`"job_identifier":"(\w+)"`).FindStringSubmatch(string(text))
		x.want(code == want && len(id) == 2, "enqueued: %d %s", code, text)
		code, text = x.c.call("GET", "/export/reporting_data/"+id[1], "")
		x.want(code == want && strings.Contains(string(text), `"status":"complete"`), "finished: %d %s", code, text)
	}
}

// redirectTest: a download leads to another address, which has the rows, and only
// on the same host takes a token.
func redirectTest(base string) func(*trial) {
	return func(x *trial) {
		j, _ := x.finished(day)
		answer, body := x.c.downloaded(j.ID)
		to := answer.Request.URL
		x.want(strings.HasPrefix(to.String(), base) && strings.HasPrefix(to.Path, "/files/"), "it led to %s", to)
		x.want(answer.StatusCode == 200 && len(body) > 50, "it answers %d with %d bytes", answer.StatusCode, len(body))
		code, _ := x.c.call("GET", to.RequestURI(), "")
		x.want((code == 200) == strings.Contains(base, "127.0.0.1"), "with the token it answers %d", code)
	}
}

// spoiltTest gives the bytes of a download to a test.
func spoiltTest(test func(x *trial, header http.Header, body []byte)) func(*trial) {
	return func(x *trial) {
		j := x.c.enqueued("call", morning.Add(-10*day), morning, callID)
		answer, body := x.c.downloaded(j.ID, "Accept-Encoding", "gzip")
		test(x, answer.Header, body)
	}
}

func gunzipped(text string) ([]byte, error) {
	z, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func packedTest(files int, magic string) func(*trial) {
	return func(x *trial) {
		j := x.c.enqueued("call", morning.Add(-10*day), morning, callID)
		answer, body := x.c.downloaded(j.ID, "Accept-Encoding", "gzip")
		x.want(answer.Header.Get("Content-Encoding") == "" && strings.HasPrefix(string(body), magic), "%v %.20q", answer.Header, body)
		x.want(len(unpack(x.t, body)) == files, "%d files", len(unpack(x.t, body)))
	}
}

var (
	_ = testDialect("status-done", statusTest("done"))
	_ = testDialect("status-completed", statusTest("completed"))
	_ = testDialect("status-success", statusTest("success"))
	_ = testDialect("status-capitals", statusTest("COMPLETE"))
	_ = testDialect("status-back", func(x *trial) {
		made := x.c.enqueued("call", morning.Add(-day), morning, callID)
		var got []string
		for range 4 {
			var j jobView
			x.c.get(&j, "GET", "/export/reporting_data/"+made.ID, "")
			got = append(got, j.Status)
		}
		x.want(slices.Equal(got, []string{"complete", "pending", "complete", "complete"}), "got %q", got)
	})
	_ = testDialect("job-id-number", func(x *trial) {
		_, text := x.c.call("POST", "/export/reporting_data/enqueue", exportBody("call", morning.Add(-day), morning, callID))
		id := regexp.MustCompile(`"job_identifier":(\d{16}),`).FindStringSubmatch(string(text))
		x.want(len(id) == 2, "got %s", text)
		answer, _ := x.c.downloaded(id[1])
		x.want(answer.StatusCode == 200, "its download answers %d", answer.StatusCode)
	})
	_ = testDialect("jobs-told-by-500", toldTest(500))
	_ = testDialect("jobs-told-by-502", toldTest(502))
	_ = testDialect("jobs-told-by-504", toldTest(504))
	_ = testDialect("redirected", redirectTest("http://127.0.0.1:"))
	_ = testDialect("redirected-elsewhere", redirectTest("http://localhost:"))
	_ = testDialect("long-windows-html", func(x *trial) {
		_, status := x.finished(6 * time.Hour)
		x.want(status == 200, "six hours: %d", status)
		made := x.c.enqueued("call", morning.Add(-7*time.Hour), morning, callID)
		for range 3 {
			code, text := x.c.call("GET", "/export/reporting_data/"+made.ID, "")
			x.want(code == 502 && strings.HasPrefix(string(text), "<html>"), "seven hours: %d %s", code, text)
		}
	})
	_ = testDialect("status-in-progress", func(x *trial) {
		x.want(x.c.enqueued("call", morning.Add(-day), morning, callID).Status == "in_progress", "a running job's status is another")
	})
	_ = testDialect("status-no-data", func(x *trial) {
		j := x.c.enqueued("call", morning.Add(-20*day-time.Hour), morning.Add(-20*day), callID)
		if j, _ = x.status(j.ID); j.Status != "no_data" {
			x.t.Errorf("got %+v", j)
		}
	})
	_ = testDialect("long-windows-504", func(x *trial) {
		j, status := x.finished(2 * time.Hour)
		x.want(status == 200 && j.Status == "complete", "two hours: %d %+v", status, j)
		made := x.c.enqueued("call", morning.Add(-2*time.Hour-time.Second), morning, callID)
		code, text := x.c.call("GET", "/export/reporting_data/"+made.ID, "")
		x.want(code == 504 && strings.Contains(string(text), `"status":"failed"`) && strings.Contains(string(text), made.ID), "longer: %d %s", code, text)
		answer, _ := x.c.downloaded(made.ID)
		x.want(answer.StatusCode == 404, "its download answers %d", answer.StatusCode)
	})
	_ = testDialect("long-windows-failed", func(x *trial) {
		j, _ := x.finished(6 * time.Hour)
		x.want(j.Status == "complete", "six hours: %+v", j)
		j, _ = x.finished(7 * time.Hour)
		x.want(j.Status == "failed" && j.URL == "", "seven hours: %+v", j)
	})
	_ = testDialect("long-windows-503", func(x *trial) {
		_, status := x.finished(6 * time.Hour)
		x.want(status == 200, "six hours: %d", status)
		for range 3 {
			_, status = x.finished(7 * time.Hour)
			x.want(status == 503, "seven hours: %d", status)
		}
	})
	_ = testDialect("url-while-pending", statusTest("pending"))
	_ = testDialect("url-403", linkTest(403))
	_ = testDialect("url-404", linkTest(404))
	_ = testDialect("url-late", func(x *trial) {
		made := x.c.enqueued("call", morning.Add(-day), morning, callID)
		var urls []bool
		for range 3 {
			var j jobView
			x.c.get(&j, "GET", "/export/reporting_data/"+made.ID, "")
			urls = append(urls, j.URL != "" && j.Status == "complete")
		}
		x.want(slices.Equal(urls, []bool{false, false, true}), "there is a download_url: %v", urls)
	})
	_ = testDialect("url-empty", func(x *trial) {
		j, _ := x.finished(day)
		x.want(j.Status == "complete" && j.URL == "", "got %+v", j)
	})
	_ = testDialect("result-late", func(x *trial) {
		made := x.c.enqueued("call", morning.Add(-day), morning, callID)
		var got []int
		for range 4 {
			answer, _ := x.c.downloaded(made.ID)
			got = append(got, answer.StatusCode)
		}
		x.want(slices.Equal(got, []int{404, 404, 200, 200}), "downloads answer %v", got)
	})
	_ = testDialect("empty-zero-bytes", emptyTest(""))
	_ = testDialect("empty-newline", emptyTest("\n"))
	_ = testDialect("empty-once", onceTest("", ""))
	_ = testDialect("empty-once-newline", onceTest("\n", "\n"))
	_ = testDialect("empty-once-header", onceTest("call_id\n", "conversation_id\n"))
	_ = testDialect("ends-start-only", endsTest("start", "between"))
	_ = testDialect("ends-end-only", endsTest("between", "end"))
	_ = testDialect("ends-neither", endsTest("between"))
	_ = testDialect("packed-plain", packedTest(1, "call_id\n"))
	_ = testDialect("packed-gzip", packedTest(1, "\x1f\x8b"))
	_ = testDialect("packed-tgz", packedTest(2, "\x1f\x8b"))
	_ = testDialect("packed-zip", packedTest(2, "PK\x03\x04"))
	_ = testDialect("packed-mislabelled", spoiltTest(func(x *trial, h http.Header, body []byte) {
		x.want(h.Get("Content-Encoding") == "gzip" && strings.HasPrefix(string(body), "call_id\n"), "%v %.20q", h, body)
	}))
	_ = testDialect("packed-twice", spoiltTest(func(x *trial, h http.Header, body []byte) {
		once, err := gunzipped(string(body))
		x.want(err == nil && h.Get("Content-Encoding") == "gzip" && strings.HasPrefix(string(once), "\x1f\x8b"), "%v %v", h, err)
	}))
	_ = testDialect("packed-members", spoiltTest(func(x *trial, _ http.Header, body []byte) {
		text, err := gunzipped(string(body))
		members := strings.Count(string(body), "\x1f\x8b\x08")
		x.want(err == nil && members > 2 && strings.HasPrefix(string(text), "call_id\n"), "%d members, %v", members, err)
	}))
	_ = testDialect("packed-padded", spoiltTest(func(x *trial, _ http.Header, body []byte) {
		_, err := gunzipped(string(body[:len(body)-700]))
		x.want(strings.HasSuffix(string(body), strings.Repeat("\x00", 700)) && err == nil, "%.20q, %v", body, err)
	}))
	_ = testDialect("packed-trailing", spoiltTest(func(x *trial, _ http.Header, body []byte) {
		_, err := gunzipped(strings.TrimSuffix(string(body), "and so on"))
		x.want(strings.HasSuffix(string(body), "and so on") && err == nil, "%.20q, %v", body, err)
	}))
	_ = testDialect("packed-cut", spoiltTest(func(x *trial, _ http.Header, body []byte) {
		_, err := gunzipped(string(body))
		x.want(errors.Is(err, io.ErrUnexpectedEOF), "got %v", err)
	}))
	_ = testDialect("packed-short", func(x *trial) {
		j := x.c.enqueued("call", morning.Add(-10*day), morning, callID)
		answer, err := x.c.do("GET", "/download/reporting_data/"+j.ID, "", "Accept", "application/octet-stream")
		if err != nil {
			x.t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		x.want(errors.Is(err, io.ErrUnexpectedEOF) && int64(len(body)) == answer.ContentLength-1, "%d bytes of %d, %v", len(body), answer.ContentLength, err)
	})
	_ = testDialect("packed-tgz-reversed", func(x *trial) {
		j := x.c.enqueued("call", morning.Add(-10*day), morning, callID, talkTime)
		_, body := x.c.downloaded(j.ID)
		files := unpack(x.t, body)
		x.want(len(files) == 2 && strings.HasPrefix(string(files[0]), "call_id,call_talk_time\n") && strings.HasPrefix(string(files[1]), "call_talk_time,call_id\n"), "%d files", len(files))
	})
	_ = testDialect("utf-16", func(x *trial) {
		text := x.text("conversation", answered, "standard.channel")
		x.want(strings.HasPrefix(text, "\xff\xfec\x00o\x00n\x00v\x00") && len(text)%2 == 0, "%.20q", text)
	})
	_ = testDialect("byte-order-mark", func(x *trial) {
		x.want(strings.HasPrefix(x.text("call", callID), "\ufeffcall_id\n"), "no mark")
	})
)

// timesTest holds a form of times against the form and against the truth.
func timesTest(form string, truth func(time.Time) string) func(*trial) {
	return func(x *trial) {
		zone, err := time.LoadLocation("America/New_York")
		if err != nil {
			x.t.Fatal(err)
		}
		got := x.column(x.text("call", callTime), 0)
		want := x.truth("call", callTime)
		if len(got) != len(want) || len(got) < 10 {
			x.t.Fatalf("%d rows, %d in the truth", len(got), len(want))
		}
		i := 0
		for r := range x.s.Truth("call") {
			if !regexp.MustCompile("^" + form + "$").MatchString(got[i]) {
				x.t.Fatalf("%q is not of the form %s", got[i], form)
			}
			if text := truth(r.Time.In(zone)); want[i] != text {
				x.t.Fatalf("the truth of %q is %q, want %q", got[i], want[i], text)
			}
			i++
		}
	}
}

func plainly(t time.Time) string { return t.Format(time.DateTime) }

const (
	datePattern  = `\d{4}-\d\d-\d\d`
	clockPattern = `\d\d:\d\d:\d\d`
)

var (
	_ = testDialect("columns-reversed", func(x *trial) {
		x.want(strings.HasPrefix(x.text("call", callID, callTime, talkTime), "call_talk_time,call_initiated_at,call_id\n"), "the order is the same")
	})
	_ = testDialect("column-extra", func(x *trial) {
		rows := parsed(x.t, []byte(x.text("call", callID, talkTime)))
		x.want(slices.Equal(rows[0], []string{"call_id", "row_checksum", "call_talk_time"}) && rows[1][1] == "0000", "got %q, %q", rows[0], rows[1])
	})
	_ = testDialect("header-spaces", func(x *trial) {
		rows := parsed(x.t, []byte(x.text("call", callID, talkTime)))
		x.want(slices.Equal(rows[0], []string{" call_id ", " call_talk_time "}), "got %q", rows[0])
	})
	_ = testDialect("header-again", func(x *trial) {
		rows := parsed(x.t, []byte(x.text("call", callID)))
		x.want(rows[41][0] == "call_id" && rows[42][0] != "call_id", "rows 41 and 42 are %q", rows[41:43])
		rows = slices.DeleteFunc(rows, func(r []string) bool { return r[0] == "call_id" })
		x.want(len(rows) == len(x.truth("call", callID)), "%d rows, %d in the truth", len(rows), len(x.truth("call", callID)))
	})
	_ = testDialect("header-again-reversed", func(x *trial) {
		rows := parsed(x.t, []byte(x.text("call", callID, talkTime)))
		x.want(slices.Equal(rows[0], []string{"call_id", "call_talk_time"}) && slices.Equal(rows[41], []string{"call_talk_time", "call_id"}), "rows 0 and 41 are %q and %q", rows[0], rows[41])
		x.want(rows[42][1] > rows[40][0], "row 42 is %q", rows[42])
	})
	_ = testDialect("quote-open", func(x *trial) {
		x.want(strings.Count(x.text("call", callID), `"`) == 1, "the quotes are closed")
	})
	_ = testDialect("lines-cr", func(x *trial) {
		text := x.text("call", callID)
		x.want(strings.HasPrefix(text, "call_id\r5154") && !strings.Contains(text, "\n"), "%.20q", text)
	})
	_ = testDialect("separator-semicolon", func(x *trial) {
		x.want(strings.HasPrefix(x.text("call", callID, callTime), "call_id;call_initiated_at\n"), "there are no semicolons")
	})
	_ = testDialect("separator-tab", func(x *trial) {
		x.want(strings.HasPrefix(x.text("call", callID, callTime), "call_id\tcall_initiated_at\n"), "there are no tabs")
	})
	_ = testDialect("text-lines", func(x *trial) {
		got := x.column(x.text("conversation", "standard.channel", answered), 0)
		x.want(slices.ContainsFunc(got, func(v string) bool { return strings.HasSuffix(v, "the \"second\", and\n\n\"the last\"\n") }), "values: %q", got)
	})
	_ = testDialect("text-quotes", func(x *trial) {
		x.want(strings.Contains(x.text("conversation", "standard.channel", answered), ` said "no" and ""yes"",`), "no bare quotes")
		x.want(slices.ContainsFunc(x.truth("conversation", "standard.channel"), func(v string) bool { return strings.HasSuffix(v, ` said "no" and ""yes""`) }), "the truth lacks them")
	})
	_ = testDialect("text-nul", func(x *trial) {
		x.want(strings.Contains(x.text("conversation", "standard.channel", answered), "\x00,"), "no NUL")
		x.want(!strings.Contains(strings.Join(x.truth("conversation", "standard.channel"), ""), "\x00"), "the truth has one")
	})
	_ = testDialect("no-last-newline", func(x *trial) {
		text := x.text("consolidated_conversation_part", x.list().keys("consolidated_conversation_part")...)
		x.want(!strings.HasSuffix(text, "\n") && len(text) > 200_000, "%d bytes end in %q", len(text), text[len(text)-3:])
		x.want(len(parsed(x.t, []byte(text)))-1 == len(x.truth("consolidated_conversation_part", answered)), "rows are missing")
	})
	_ = testDialect("row-id-empty", func(x *trial) {
		got := x.column(x.text("conversation", answered, "standard.channel"), 0)
		empty := len(slices.DeleteFunc(slices.Clone(got), func(id string) bool { return id != "" }))
		x.want(empty > 0 && empty < len(got)/8, "%d of %d row ids are empty", empty, len(got))
		x.want(slices.Equal(got, x.truth("conversation", answered)), "the truth has others")
	})
	_ = testDialect("crlf", func(x *trial) {
		x.want(strings.HasPrefix(x.text("call", callID), "call_id\r\n"), "no CR LF")
	})
	_ = testDialect("header-qualified", func(x *trial) {
		x.want(strings.HasPrefix(x.text("call", callID, callTime), callID+","+callTime+"\n"), "the header has bare ids")
	})
	_ = testDialect("header-names", func(x *trial) {
		x.want(strings.HasPrefix(x.text("call", callID, callTime), "Call ID,Call initiated at\n"), "the header has ids")
	})
	_ = testDialect("times-minutes", timesTest(datePattern+` \d\d:\d\d`, func(t time.Time) string { return t.Format("2006-01-02 15:04:00") }))
	_ = testDialect("times-utc", timesTest(datePattern+" "+clockPattern+" UTC", plainly))
	_ = testDialect("times-+0000", timesTest(datePattern+" "+clockPattern+` \+0000`, plainly))
	_ = testDialect("times-+00:00", timesTest(datePattern+"T"+clockPattern+`\+00:00`, plainly))
	_ = testDialect("times-z", timesTest(datePattern+"T"+clockPattern+"Z", plainly))
	_ = testDialect("times-t", timesTest(datePattern+"T"+clockPattern, plainly))
	_ = testDialect("times-am-pm", timesTest(datePattern+" "+clockPattern+" [AP]M", plainly))
	_ = testDialect("times-date", timesTest(datePattern, func(t time.Time) string { return t.Format("2006-01-02 00:00:00") }))
	_ = testDialect("times-epoch-s", timesTest(`\d{10}`, plainly))
	_ = testDialect("times-epoch-ms", timesTest(`\d{13}`, plainly))
	_ = testDialect("times-epoch-us", timesTest(`\d{16}`, plainly))
	_ = testDialect("times-decimals", timesTest(datePattern+" "+clockPattern+`\.\d{3}`, func(t time.Time) string {
		return fmt.Sprintf("%s.%03d", t.Format(time.DateTime), t.Unix()%1000)
	}))
	_ = testDialect("zone-utc", func(x *trial) { x.inZone(time.UTC) })
	_ = testDialect("zone-other", func(x *trial) { x.inZone(time.FixedZone("Tokyo", 9*3600)) })
	_ = testDialect("decimal-comma", func(x *trial) {
		got, truth := x.column(x.text("call", talkTime, callID), 0), x.truth("call", talkTime)
		for i := range got {
			got[i] = strings.Replace(got[i], ",", ".", 1)
		}
		x.want(strings.Contains(x.text("call", talkTime), `,`) && slices.Equal(got, truth), "got %q", got)
	})
	_ = testDialect("thousands", func(x *trial) {
		const key = "duration.conversation_first_response_time"
		got := x.column(x.text("conversation", key, answered), 0)
		x.want(slices.ContainsFunc(got, regexp.MustCompile(`^\d{1,3}(,\d{3})+(\.\d)?$`).MatchString), "values: %q", got)
		x.want(slices.Equal(got, x.truth("conversation", key)), "the truth has others")
	})
	_ = testDialect("fraction-in-count", func(x *trial) {
		const key = "standard.reassignments_count"
		got := x.column(x.text("conversation", key, answered), 0)
		x.want(slices.ContainsFunc(got, func(v string) bool { return strings.HasSuffix(v, ".5") }), "values: %q", got)
		x.want(slices.Equal(got, x.truth("conversation", key)), "the truth has others")
	})
	_ = testDialect("rows-cut", func(x *trial) {
		many := func(yield func(Row) bool) {
			for i := range 100_001 {
				if !yield(Row{Time: morning.Add(-day + time.Duration(i)*time.Millisecond*500)}) {
					return
				}
			}
		}
		x.s, x.c = serve(x.t, Options{Now: at(morning), JobTime: instant, Dialect: []string{"rows-cut"}, Datasets: []Dataset{{
			ID: "d", TimeAttribute: "at", Attributes: []Attribute{{QualifiedID: "timestamp.at"}}, Stream: many,
		}}})
		got, truth := len(x.column(x.text("d", "timestamp.at"), 0)), len(x.truth("d", "timestamp.at"))
		x.want(got == 100_000 && truth == 100_001, "%d rows of %d", got, truth)
	})
)

// inZone: times are in another zone than /me says; the truth is in that one.
func (x *trial) inZone(zone *time.Location) {
	x.t.Helper()
	got, i := x.column(x.text("call", callTime), 0), 0
	for r := range x.s.Truth("call") {
		if want := plainly(r.Time.In(zone)); got[i] != want {
			x.t.Fatalf("row %d: %q, want %q", i, got[i], want)
		}
		if r.Values[callTime] == got[i] {
			x.t.Fatalf("the truth of row %d is in the wrong zone, too", i)
		}
		i++
	}
	x.want(i > 10, "%d rows", i)
}
