package sandbox

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// unpack decodes a download with the standard library and returns its CSV files.
func unpack(t *testing.T, body []byte) (files [][]byte) {
	t.Helper()
	if isZip(body) {
		archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.File {
			entry, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, readAll(t, entry))
		}
		return files
	}
	for bytes.HasPrefix(body, gzipMagic) {
		z, err := gzip.NewReader(bytes.NewReader(bytes.TrimSuffix(body, make([]byte, 700)))) // what packed-padded adds
		if err != nil {
			t.Fatal(err)
		}
		body = readAll(t, z)
	}
	if len(body) < 262 || string(body[257:262]) != "ustar" {
		return [][]byte{body}
	}
	archive := tar.NewReader(bytes.NewReader(body))
	for {
		_, err := archive.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, readAll(t, archive))
	}
}

func isZip(body []byte) bool { return bytes.HasPrefix(body, zipMagic) }

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Every form of a download holds the same rows.
func TestBodyForms(t *testing.T) {
	attributes := []string{"standard.conversation_id", "conversation.Escalation Reason: 2nd", "standard.last_teammate_rating_remark", "timestamp.conversation_first_closed_at"}
	rows := func(o Options) (header []string, rows [][]string, raw []byte) {
		o.Now, o.JobTime, o.RowsPerDay = at(morning), instant, 300
		_, c := serve(t, o)
		j := c.enqueued("conversation", morning.Add(-5*day), morning, attributes...)
		answer, body := c.downloaded(j.ID, "Accept-Encoding", "identity")
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("status %d: %s", answer.StatusCode, body)
		}
		files := unpack(t, body)
		if len(files) != max(o.Parts, 1) {
			t.Fatalf("%d files, want %d", len(files), max(o.Parts, 1))
		}
		for _, file := range files {
			part := parsed(t, bytes.TrimPrefix(file, []byte("\ufeff")))
			header, rows = part[0], append(rows, part[1:]...)
		}
		slices.SortFunc(rows, slices.Compare)
		return header, rows, files[0]
	}
	bare := []string{"conversation_id", "Escalation Reason: 2nd", "last_teammate_rating_remark", "conversation_first_closed_at"}
	_, want, plain := rows(Options{Body: Plain})
	if len(want) < 500 || !bytes.Contains(plain, []byte(`""`)) {
		t.Fatalf("%d rows, too few to tell", len(want))
	}
	for _, form := range BodyForms() {
		for _, parts := range []int{1, 3} {
			if parts > 1 && form != TarGz && form != Zip {
				continue
			}
			header, got, _ := rows(Options{Body: form, Parts: parts})
			if !slices.Equal(header, bare) || !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%s in %d parts: header %q, %d rows, want %d", form, parts, header, len(got), len(want))
			}
		}
	}
	_, got, raw := rows(Options{Body: Plain, BOM: true, CRLF: true})
	if !bytes.HasPrefix(raw, []byte("\ufeff")) || !bytes.Contains(raw, []byte("\r\n")) || len(got) != len(want) {
		t.Error("no byte order mark, no CR LF, or other rows")
	}
	if header, _, _ := rows(Options{Body: Plain, HeaderPrefix: true}); !slices.Equal(header, attributes) {
		t.Errorf("qualified header: got %q", header)
	}
	if _, _, raw = rows(Options{Body: Plain, NullText: "—"}); !bytes.Contains(raw, []byte(",—\n")) {
		t.Error("nulls are not written as a dash")
	}
}

func TestContentEncoding(t *testing.T) {
	_, c := serve(t, Options{Now: at(morning), JobTime: instant})
	j := c.enqueued("call", morning.Add(-5*day), morning, "call.call_id")
	for accepted, want := range map[string]string{"gzip, deflate": "gzip", "identity": ""} {
		answer, body := c.downloaded(j.ID, "Accept-Encoding", accepted)
		if got := answer.Header.Get("Content-Encoding"); got != want || bytes.HasPrefix(body, gzipMagic) != (want == "gzip") {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, want %q", accepted, got, want)
		}
	}
}

func TestJobForms(t *testing.T) {
	window := func(o Options) jobView {
		o.Now, o.JobTime = at(morning), instant
		_, c := serve(t, o)
		j := c.enqueued("call", morning.Add(200*day), morning.Add(201*day), "call.call_id")
		if j.Status != orElse(o.PendingStatus, "pending") || j.URL != "" || j.Expires != "" || j.ID == "" {
			t.Errorf("enqueued: %+v", j)
		}
		c.get(&j, "GET", "/export/reporting_data/"+j.ID, "")
		return j
	}
	if j := window(Options{}); j.Status != "complete" || !strings.Contains(j.URL, "/download/reporting_data/"+j.ID+"?app_id=sandbox&job_identifier="+j.ID) || j.Expires != "1773248400" {
		t.Errorf("finished: %+v", j)
	}
	if j := window(Options{DoneStatus: "success", PendingStatus: "in_progress", NoDownloadURL: true}); j.Status != "success" || j.URL != "" {
		t.Errorf("finished in other words: %+v", j)
	}
	if j := window(Options{NoData: true}); j.Status != "no_data" || j.URL != "" {
		t.Errorf("finished without rows: %+v", j)
	}
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// A download_url on another host works without the token, and only there.
func TestSignedDownloads(t *testing.T) {
	_, c := serve(t, Options{Now: at(morning), JobTime: instant, DownloadBase: "https://storage.example.com"})
	j := c.enqueued("call", morning.Add(-day), morning, "call.call_id")
	c.get(&j, "GET", "/export/reporting_data/"+j.ID, "")
	path, ok := strings.CutPrefix(j.URL, "https://storage.example.com")
	if !ok {
		t.Fatalf("download_url %s", j.URL)
	}
	for suffix, want := range map[string]int{"": 200, "0": 401} {
		status, _ := c.call("GET", path+suffix, "", "Authorization", "", "Accept", "application/octet-stream")
		if status != want {
			t.Errorf("with the signature%s: status %d, want %d", suffix, status, want)
		}
	}
}

func TestOlderVersions(t *testing.T) {
	s, c := serve(t, Options{Now: at(morning), JobTime: instant})
	count := func(version string) int {
		var j jobView
		c.get(&j, "POST", "/export/reporting_data/enqueue", exportBody("conversation", morning.Add(-10*day), morning, "standard.conversation_id"), "Intercom-Version", version)
		_, body := c.downloaded(j.ID)
		return len(parsed(t, body)) - 1
	}
	newer, older := count("2.16"), count("2.15")
	if newer == 0 || older >= newer || older < newer*9/10 {
		t.Errorf("2.16 exports %d conversations, 2.15 %d; want a few less", newer, older)
	}
	for version, want := range map[string]bool{"2.16": true, "2.15": false, "Preview": true} {
		_, text := c.call("GET", "/export/reporting_data/get_datasets", "", "Intercom-Version", version)
		if got := bytes.Contains(text, []byte(`"qualified_id"`)); got != want {
			t.Errorf("version %s gives qualified ids: %v, want %v", version, got, want)
		}
	}
	for version, want := range map[string]int{"2.15": 200, "2.16": 400, "Preview": 400} {
		status, text := c.call("POST", "/export/reporting_data/enqueue", exportBody("call", morning.Add(-day), morning, "call_id"), "Intercom-Version", version)
		if status != want {
			t.Errorf("version %s answers a bare id with %d, want %d: %s", version, status, want, text)
		}
	}
	if got := s.Stats().Jobs; got != 3 {
		t.Errorf("%d jobs counted, want 3", got)
	}
}

func TestHiddenAttributes(t *testing.T) {
	clock := morning
	_, c := serve(t, Options{
		Now: func() time.Time { return clock }, JobTime: instant,
		Hidden: func(dataset, attribute string, now time.Time) bool {
			return dataset == "call" && attribute == "call.call_state" && now.After(morning)
		},
	})
	for after, want := range map[time.Duration]int{0: 200, time.Second: 400} {
		clock = morning.Add(after)
		status, text := c.call("POST", "/export/reporting_data/enqueue", exportBody("call", morning.Add(-day), morning, "call.call_state"))
		if status != want {
			t.Errorf("after %v: status %d, want %d", after, status, want)
		}
		if want == 400 && !json.Valid(text) {
			t.Errorf("not JSON: %s", text)
		}
	}
}
