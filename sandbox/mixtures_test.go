package sandbox

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
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
		var j jobView
		if err := json.Unmarshal(text, &j); status != http.StatusOK || err != nil {
			p.t.Fatalf("enqueue: %d %s", status, text)
		}
		for range 4 {
			status, last = p.answer("GET", "/download/reporting_data/"+j.ID, "", "Accept", "application/octet-stream", "Accept-Encoding", "identity")
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
	for seed := range 60 {
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
