package main

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"intercom-connector/intercom/intercomtest"
	"intercom-connector/sandbox"
)

// What a sync says, and keeps of itself, holds no value of a row: neither where values
// do not fit their columns, nor where rows are so wrong that it fails.
func TestWrongRowsStayInRows(t *testing.T) {
	const secret = "Zebra-7731-Quagga"
	box := sandbox.New(sandbox.Options{RowsPerDay: 20, Body: sandbox.Plain})
	for name, test := range map[string]struct {
		spoil func(lines [][]string) [][]string
		want  string // of what is said
	}{
		"unfit": {func(lines [][]string) [][]string {
			for _, line := range lines[1:] {
				for i := range line {
					if name := strings.ToLower(lines[0][i]); !strings.Contains(name, "_at") && !strings.Contains(name, "_id") {
						line[i] = secret
					}
				}
			}
			return lines
		}, "Sync SUCCEEDED"},
		"cut off": {func(lines [][]string) [][]string { return append(lines, []string{secret}) }, "Sync FAILED"},
	} {
		server := httptest.NewServer(intercomtest.Rewrite(box, func(at string, _ http.Header, _ *int, body []byte) []byte {
			lines, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
			if !strings.Contains(at, "/download/") || err != nil || len(lines) == 0 {
				return body
			}
			var out bytes.Buffer
			_ = csv.NewWriter(&out).WriteAll(test.spoil(lines)) // into memory
			return out.Bytes()
		}))
		dir := t.TempDir()
		path := filepath.Join(dir, "c.json")
		content := `{"access_token": "sandbox-token", "base_url": "` + server.URL + `", "dataset_id": "call", "initial_start_time": "` + time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly) + `"}`
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, out, errs := debug(t, "sync", "--configuration", path, "--directory", filepath.Join(dir, "files"), "--log-level", "debug")
		said := out + errs
		for _, kept := range []string{"sync.json", "state.json"} {
			text, err := os.ReadFile(filepath.Join(dir, "files", kept))
			if err != nil && !(kept == "state.json" && name == "cut off") {
				t.Errorf("%s: %v", name, err)
			}
			said += string(text)
		}
		if at := strings.Index(said, "Zebra"); at >= 0 || !strings.Contains(said, test.want) {
			t.Errorf("%s: it says …%s…", name, said[max(0, at-300):min(len(said), max(at, 0)+300)])
		}
		server.Close()
	}
}
