package sandbox

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"intercom-connector/sandbox/workspace"
)

// patient is a reader who knows what the dialects may do and waits for what
// comes late: the shortest one that ends with the truth.
type patient struct {
	t     *testing.T
	c     *client
	clock *time.Time
}

// answer asks until there is an answer that is no refusal for a while.
func (p *patient) answer(method, path, body string, header ...string) (int, []byte) {
	p.t.Helper()
	for range 40 {
		status, text := p.c.call(method, path, body, header...)
		if status != http.StatusTooManyRequests {
			return status, text
		}
		*p.clock = p.clock.Add(10 * time.Second)
	}
	p.t.Fatalf("%s %s is refused again and again", method, path)
	return 0, nil
}

// file is what a download of a window gives; nothing twice is nothing.
func (p *patient) file(body string) []byte {
	p.t.Helper()
	var last []byte
	for range 2 {
		status, text := p.answer("POST", "/export/reporting_data/enqueue", body)
		job := regexp.MustCompile(`"job_identifier":"?(\w+)`).FindSubmatch(text) // whatever the status of HTTP
		if job == nil {
			p.t.Fatalf("enqueue: %d %s", status, text)
		}
		for range 4 {
			status, last = p.answer("GET", "/download/reporting_data/"+string(job[1]), "", "Accept", "application/octet-stream", "Accept-Encoding", "identity")
			if status == http.StatusOK {
				break
			}
		}
		if status != http.StatusOK {
			p.t.Fatalf("download: %d %s", status, last)
		}
		if blank := func(file []byte) bool { return strings.TrimSpace(string(file)) == "" }; !slices.ContainsFunc(unpack(p.t, last), blank) {
			break
		}
	}
	return last
}

// column returns the cells of a column from all files of a download, by any
// of its names, with a prefix or without.
func (p *patient) column(body []byte, names ...string) (cells []string) {
	p.t.Helper()
	for _, file := range unpack(p.t, body) {
		if strings.TrimSpace(string(file)) == "" {
			continue
		}
		reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file), "\ufeff")))
		reader.LazyQuotes = true
		rows, err := reader.ReadAll()
		if err != nil {
			p.t.Fatalf("no CSV: %v: %.200q", err, file)
		}
		at := -1
		for _, row := range rows {
			title := slices.IndexFunc(row, func(cell string) bool { return slices.Contains(names, workspace.BareID(strings.TrimSpace(cell))) })
			switch {
			case title >= 0:
				at = title
			case at < 0:
				p.t.Fatalf("no header with %q: %q", names, row)
			default:
				cells = append(cells, row[at])
			}
		}
	}
	return cells
}

// Whatever the mixture, a patient reader of short windows ends with the truth.
func TestMixturesKeepTheTruth(t *testing.T) {
	for seed := range 24 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			clock := morning
			s, c := serve(t, Options{
				Seed: uint64(seed), Now: func() time.Time { return clock }, Epoch: morning.Add(-2 * day), JobTime: instant,
				RowsPerDay: 500, Contacts: 60, Companies: 20, Dialect: []string{fmt.Sprintf("all-mixed=%d", seed)},
			})
			p := &patient{t: t, c: c, clock: &clock}
			status, text := p.answer("GET", "/export/reporting_data/get_datasets", "")
			var list datasetList
			if err := json.Unmarshal(text, &list); status != http.StatusOK || err != nil {
				t.Fatalf("get_datasets: %d %v", status, err)
			}
			keys := list.keys("call")
			got := map[string]bool{}
			for from := morning.Add(-49 * time.Hour); from.Before(morning); from = from.Add(time.Hour) {
				// One second more at each end, since the ends may be left out.
				body := p.file(exportBody("call", from.Add(-time.Second), from.Add(time.Hour+time.Second), keys...))
				for _, id := range p.column(body, "call_id", "Call ID") {
					got[id] = true
				}
			}
			want := map[string]bool{}
			for r := range s.TruthAt("call", clock) {
				if !r.Time.After(morning) {
					want[r.Values[callID]] = true
				}
			}
			if !maps.Equal(got, want) || len(want) < 20 {
				t.Errorf("%q: %d ids met, %d in the truth", s.Dialect(), len(got), len(want))
			}
			p.lists(s)
			p.membership(s)
		})
	}
}

// lists holds that every list is answered in JSON, or refused as one of the
// dialects refuses it.
func (p *patient) lists(s *Sandbox) {
	p.t.Helper()
	for _, path := range []string{
		"/segments?include_count=true", "/segments?type=company", "/tags", "/contacts?per_page=20", "/companies?per_page=20",
		"/companies/scroll", "/admins", "/teams", "/conversations/deleted", "/me",
	} {
		status, text := p.answer("GET", path, "")
		if !json.Valid(text) || (status != 200 && status != 400 && status != 401 && status != 403 && status != 404) {
			p.t.Errorf("%q: %s: %d %.200s", s.Dialect(), path, status, text)
		}
	}
}

// membership holds that whoever walks all lists twice, and takes their forms as
// they come, finds the membership of the truth.
func (p *patient) membership(s *Sandbox) {
	p.t.Helper()
	got := map[string]bool{}
	for range 2 {
		p.walk("/contacts?per_page=20", "data", func(contact map[string]any) {
			id := text(contact["id"])
			got["contact "+id] = true
			tags, more := items(contact["tags"], "tags")
			for _, tag := range tags {
				got["contact-tag "+id+" "+text(tag["id"])] = true
			}
			if more {
				p.walk("/contacts/"+id+"/tags", "tags", func(tag map[string]any) { got["contact-tag "+id+" "+text(tag["id"])] = true })
			}
		})
	}
	p.walk("/tags", "tags", func(tag map[string]any) { got["tag "+text(tag["id"])] = true })
	want := map[string]bool{}
	m := s.TruthMembership()
	for id := range m.Contacts {
		want["contact "+id] = true
	}
	for contact, tag := range m.ContactTags {
		want["contact-tag "+contact+" "+tag] = true
	}
	for _, tag := range m.TagIDs {
		want["tag "+tag] = true
	}
	if slices.Contains(s.Dialect(), "contacts-forbidden") || slices.Contains(s.Dialect(), "tags-forbidden") {
		return
	}
	if !maps.Equal(got, want) || len(want) < 60 {
		p.t.Errorf("%q: %d met, %d in the truth", s.Dialect(), len(got), len(want))
	}
}

// walk calls yield for the items of a list, on all of its pages.
func (p *patient) walk(path, holder string, yield func(map[string]any)) {
	p.t.Helper()
	for next := path; next != ""; {
		status, body := p.answer("GET", next, "")
		if status != http.StatusOK {
			return // forbidden
		}
		var answer any
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		if err := decoder.Decode(&answer); err != nil {
			p.t.Fatalf("%s: %v: %.200s", next, err, body)
		}
		list, _ := items(answer, holder)
		for _, item := range list {
			yield(item)
		}
		next = ""
		fields, _ := answer.(map[string]any)
		pages, _ := fields["pages"].(map[string]any)
		switch to := pages["next"].(type) {
		case string:
			next = strings.TrimPrefix(to, p.c.base)
		case map[string]any:
			at, err := url.Parse(path)
			if err != nil {
				p.t.Fatal(err)
			}
			query := at.Query()
			query.Set("starting_after", text(to["starting_after"]))
			next = at.Path + "?" + query.Encode()
		}
	}
}

// items are those of a list in any of its forms, and whether it has more.
func items(list any, holder string) (all []map[string]any, more bool) {
	held, _ := list.([]any)
	if fields, ok := list.(map[string]any); ok {
		for _, name := range []string{"data", holder} {
			if some, ok := fields[name].([]any); ok {
				held = some
			}
		}
		more = fields["has_more"] == true || text(fields["has_more"]) == "true" || text(fields["has_more"]) == "1"
	}
	for _, item := range held {
		fields, _ := item.(map[string]any)
		all = append(all, fields)
	}
	return all, more
}

// text is a string, or a number's digits.
func text(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}
