// Package reporttest shows the report's page in a real browser. For tests.
package reporttest

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Dark is the flag of a reader who prefers dark pages.
const Dark = "--blink-settings=preferredColorScheme=0"

var noted = regexp.MustCompile(`<pre id="seen">([^<]+)</pre>`)

// Show serves files by their paths and opens the one at "/" in chromium, without a
// window. That page notes what it sees in its element of the id "seen", of which
// this is the text; the log is chromium's, with the console's lines.
func Show(t *testing.T, files map[string]string, flags ...string) (seen, log string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, ok := files[r.URL.Path]
		if !ok && r.URL.Path != "/favicon.ico" { // which a browser always asks for
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, r.URL.Path, time.Time{}, strings.NewReader(content))
	}))
	defer server.Close()
	dom, log := browse(t, server.URL, flags)
	m := noted.FindStringSubmatch(dom)
	if m == nil {
		t.Fatalf("nothing was seen:\n%.2000s\n%s", dom, log)
	}
	return html.UnescapeString(m[1]), log
}

// browse opens the address.
func browse(t *testing.T, address string, flags []string) (dom, log string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	args := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir=" + t.TempDir(), "--virtual-time-budget=5000",
		"--enable-logging=stderr", "--window-size=1400,900", "--dump-dom",
	}, flags...)
	cmd := exec.CommandContext(ctx, "chromium", append(args, address)...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, errs.String())
	}
	return out.String(), errs.String()
}
