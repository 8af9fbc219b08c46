package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"intercom-connector/sandbox"
)

// From a sync to the page: it tells of the tables, and of the sync itself.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	if code, _, errs := debug(t, "report", "-d", dir); code != 1 || !strings.Contains(errs, "run a sync first") {
		t.Errorf("exit %d, %s", code, errs)
	}
	path := examined(t, sandbox.Options{RowsPerDay: 50, Contacts: 40, Companies: 3}, map[string]string{"dataset_id": "conversation, call", "memberships": "daily"})
	if code, out, errs := debug(t, "-c", path, "-d", dir); code != 0 {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	code, out, errs := debug(t, "report", "-d", dir)
	if code != 0 || errs != "" {
		t.Fatalf("exit %d: %s", code, errs)
	}
	contains(t, out, "Wrote "+filepath.Join(dir, "report.html"))
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`id="channels"`, `id="segments-now"`, "succeeded", `id="t-contact_segment"`, `id="t-call"`} {
		if !strings.Contains(string(page), part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	if mode(t, filepath.Join(dir, "report.html")) != 0o600 || strings.Contains(string(page), sandboxKey) {
		t.Error("others may read it, or it holds the token")
	}
	other := filepath.Join(t.TempDir(), "other.html")
	if code, _, _ := debug(t, "report", "-d", dir, "-o", other); code != 0 || mode(t, other) != 0o600 {
		t.Errorf("exit %d", code)
	}
	// A sync that fails says so on the next page, and keeps the rows.
	bad := examined(t, sandbox.Options{RowsPerDay: 50, Contacts: 40, Companies: 3}, map[string]string{"access_token": "token-wrong-1"})
	if code, _, _ := debug(t, "-c", bad, "-d", dir); code != 1 {
		t.Errorf("exit %d", code)
	}
	if code, _, errs := debug(t, "report", "-d", dir); code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if page, err = os.ReadFile(filepath.Join(dir, "report.html")); err != nil {
		t.Fatal(err)
	}
	if p := string(page); !strings.Contains(p, "It failed: Intercom refuses the access token") || !strings.Contains(p, `id="channels"`) || strings.Contains(p, "token-wrong-1") {
		t.Errorf("the page says %.300s", p[strings.Index(p, "<main>"):])
	}
	if err := os.WriteFile(filepath.Join(dir, "sync.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := debug(t, "report", "-d", dir); code != 1 || !strings.Contains(errs, "sync.json") {
		t.Errorf("exit %d, %s", code, errs)
	}
}
