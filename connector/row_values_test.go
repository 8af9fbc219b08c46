package connector

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"intercom-connector/connector/configuration"
	"intercom-connector/intercom/intercomtest"
)

// secretValue is a value of a row that nothing but a row may hold. It is no number, no
// time, no truth value and none of a list.
const secretValue = "Zebra-7731-Quagga"

// inRows is a Change of the lines of downloads, of which the first is the header.
func inRows(change func(lines [][]string) [][]string) intercomtest.Change {
	return func(at string, _ http.Header, _ *int, body []byte) []byte {
		if !strings.Contains(at, "/download/") {
			return body
		}
		lines, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		if err != nil || len(lines) == 0 {
			return body
		}
		var out bytes.Buffer
		_ = csv.NewWriter(&out).WriteAll(change(lines)) // into memory
		return out.Bytes()
	}
}

// inFiles is inRows of the files of an archive, as messages come.
func inFiles(change func(lines [][]string) [][]string) intercomtest.Change {
	rows := inRows(change)
	return func(at string, header http.Header, status *int, body []byte) []byte {
		from, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if !strings.Contains(at, "/download/content/") || err != nil {
			return body
		}
		var out bytes.Buffer
		to := zip.NewWriter(&out)
		for _, f := range from.File {
			in, err := f.Open()
			if err != nil {
				return body
			}
			content, err1 := io.ReadAll(in)
			w, err2 := to.Create(f.Name)
			if errors.Join(err1, err2) != nil {
				return body
			}
			_, _ = w.Write(rows(at, header, status, content))
		}
		_ = to.Close()
		return out.Bytes()
	}
}

// withoutHeader is the rows alone.
func withoutHeader(lines [][]string) [][]string {
	for _, line := range lines[1:] {
		for i := range line {
			line[i] = secretValue + line[i]
		}
	}
	return lines[1:]
}

// everyCell puts the value into every cell below the header that is not left out.
func everyCell(leaveOut ...string) intercomtest.Change {
	return inRows(func(lines [][]string) [][]string {
		for _, line := range lines[1:] {
			for i := range line {
				if !slices.ContainsFunc(leaveOut, func(part string) bool { return strings.Contains(strings.ToLower(lines[0][i]), part) }) {
					line[i] = secretValue
				}
			}
		}
		return lines
	})
}

// asBody is what a download's body becomes.
func asBody(change func(body string) string) intercomtest.Change {
	return func(at string, _ http.Header, _ *int, body []byte) []byte {
		if !strings.Contains(at, "/download/") {
			return body
		}
		return []byte(change(string(body)))
	}
}

// inPages is a Change of the lists of people, teammates, segments and tags.
func inPages(old, put string) intercomtest.Change {
	return func(at string, _ http.Header, _ *int, body []byte) []byte {
		for _, list := range []string{"/contacts", "/companies", "/segments", "/tags", "/admins", "/teams", "/conversations/deleted"} {
			if strings.HasPrefix(at, list) {
				return bytes.ReplaceAll(body, []byte(old), []byte(put))
			}
		}
		return body
	}
}

// kept is what a state must keep of rows, as docs/privacy.md says: the ids of teammates
// and teams, to tell which are gone; while segments are read, their ids, which were not
// proven, and the names of those that only companies know.
var kept = regexp.MustCompile(`\\*"(known|named|unproven|teammate|team|team_member)\\*":(\{[^}]*\}|\[[^\]]*\])`)

// TestRowsStayInRows puts a value into every place of a row, in every dataset and list,
// and into rows that are wrong in all ways that are known: nothing that comes out beside
// the rows has it.
func TestRowsStayInRows(t *testing.T) {
	all, lists, messages := map[string]string{"dataset_id": "all"}, map[string]string{"memberships": "daily"}, map[string]string{"engagement": configuration.EngagementOn}
	for name, c := range map[string]struct {
		change intercomtest.Change
		more   map[string]string
		told   string // that something was
	}{
		"every cell but times and ids": {everyCell("_id", "_at", "time", "started", "date"), all, "do not fit column"},
		"every cell":                   {everyCell(), all, "none has a time there that can be read"},
		"ids": {inRows(func(lines [][]string) [][]string {
			for _, line := range lines[1:] {
				for i := range line {
					if strings.Contains(strings.ToLower(lines[0][i]), "id") {
						line[i] = secretValue + strings.Repeat("9", i)
					}
				}
			}
			return append(lines, lines[1:]...) // each twice
		}), nil, "row id of an earlier row"},
		"odd times": {inRows(func(lines [][]string) [][]string {
			for n, line := range lines[1:] {
				for i := range line {
					if n%2 == 0 && strings.Contains(strings.ToLower(lines[0][i]), "initiated") {
						line[i] = "2026-13-45 " + secretValue
					}
				}
			}
			return lines
		}), nil, "time"},
		"no header": {inRows(withoutHeader), nil, "the CSV has"},
		"no header in an archive": {asBody(func(body string) string {
			first, second, _ := strings.Cut(body, "\n")
			var out bytes.Buffer
			to := zip.NewWriter(&out)
			for name, line := range map[string]string{"1.csv": first, "2.csv": second} {
				if w, err := to.Create(name); err == nil {
					_, _ = io.WriteString(w, secretValue+name+line)
				}
			}
			_ = to.Close()
			return out.String()
		}), nil, "different columns"},
		"messages": {inFiles(func(lines [][]string) [][]string {
			for _, line := range lines[1:] {
				for i := range line {
					line[i] = secretValue
				}
			}
			return lines
		}), messages, "none has a time there that can be read"},
		"messages without a header": {inFiles(withoutHeader), messages, "the file of receipts has 52 columns"},
		"ids and names of messages": {inFiles(func(lines [][]string) [][]string {
			for n, line := range lines[1:] {
				for i := range line {
					if !strings.HasPrefix(lines[0][i], "first_") && !strings.HasSuffix(lines[0][i], "_at") {
						line[i] = secretValue + strings.Repeat("9", n%3)
					}
				}
			}
			return append(lines, lines[1:]...)
		}), messages, "enqueue export of messages"},
		"names of columns": {inRows(func(lines [][]string) [][]string {
			for i := range lines[0] {
				lines[0][i] += secretValue
			}
			return lines
		}), nil, "the CSV has"},
		"a field more": {asBody(func(body string) string {
			return body + secretValue + strings.Repeat(",", 1_000) + "\n"
		}), nil, "field"},
		"a field less":                       {asBody(func(body string) string { return body + secretValue + "\n" }), nil, "field"},
		"an open quote":                      {asBody(func(body string) string { return body + `"` + secretValue }), nil, "quote"},
		"a quote within":                     {asBody(func(body string) string { return body + `"` + secretValue + `"x,1` + "\n" }), nil, "quote"},
		"a long field":                       {asBody(func(body string) string { return body + secretValue + strings.Repeat("x", 17<<20) + "\n" }), nil, "MB"},
		"names of people, segments and tags": {inPages(`"name":"`, `"name":"`+secretValue), lists, "segments and tags"},
		"ids of lists":                       {inPages(`"id":"`, `"id":"`+secretValue), lists, "segments and tags"},
		"texts in place of lists":            {inPages(`"data":[`, `"data":"`+secretValue+`","was":[`), lists, "the answer is not what the API describes"},
		"texts in place of times":            {inPages(`_at":`, `_at":"`+secretValue+`","was":`), lists, "unparsed_values"},
		"numbers in place of things":         {inPages(`"pages":{`, `"pages":7731777317731,"was":{`), lists, "segments and tags"},
		"a refusal":                          {intercomtest.Refuse("/contacts/", 404, `{"type":"error.list","errors":[{"code":"not_found","message":"no contact"}]}`), lists, "segments and tags"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := everythingSaid(t, c.change, c.more)
			text = kept.ReplaceAllString(text, "") // docs/privacy.md says so
			if !strings.Contains(text, c.told) {
				t.Errorf("nothing says %q:\n%s", c.told, text[max(0, len(text)-3000):])
			}
			for _, value := range []string{"Zebra", "zebra", "uagga", "7317773"} {
				for at := strings.Index(text, value); at >= 0; at = -1 {
					t.Errorf("a row's value came out: %q", text[max(0, at-300):min(len(text), at+100)])
				}
			}
		})
	}
}
