package recipes

import (
	"strings"
	"testing"
)

func TestAll(t *testing.T) {
	all, err := All()
	if err != nil || len(all) < 8 {
		t.Fatalf("%d recipes, %v", len(all), err)
	}
	for _, r := range all {
		if !strings.HasSuffix(r.Title, "?") || strings.Contains(r.SQL, ";") {
			t.Errorf("%s: %q", r.Name, r.Title)
		}
		for _, p := range r.Parameters {
			if !strings.Contains(r.SQL, "getvariable('"+p.Name+"')") || !strings.HasSuffix(p.Meaning, ")") {
				t.Errorf("%s: %q", r.Name, p)
			}
		}
		if n := strings.Count(r.SQL, "getvariable("); n != len(r.Parameters) {
			t.Errorf("%s uses %d parameters and tells %d", r.Name, n, len(r.Parameters))
		}
	}
}

func TestGetAndSet(t *testing.T) {
	if _, err := Get("sla-by-wek"); err == nil || !strings.Contains(err.Error(), `did you mean "sla-by-week"?`) {
		t.Errorf("got %v", err)
	}
	r, err := Get("busiest-hours")
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Set([]string{"days=7", "zone=Europe/O'x"})
	if err != nil || strings.Join(got, " | ") != "SET VARIABLE days = '7' | SET VARIABLE zone = 'Europe/O''x'" {
		t.Errorf("%q, %v", got, err)
	}
	for _, wrong := range []string{"days", "day=7", "x; DROP=1"} {
		if _, err := r.Set([]string{wrong}); err == nil || !strings.Contains(err.Error(), "days=... or zone=...") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
