package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test's own program play the roles.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "role" {
		fail(role(os.Args[2:]))
		return
	}
	os.Exit(m.Run())
}

// TestQuick runs every contestant once, the connector over its whole way, and
// reads what is written of it.
func TestQuick(t *testing.T) {
	document := filepath.Join(t.TempDir(), "performance.md")
	var out, progress bytes.Buffer
	if err := os.WriteFile(document, []byte("# Performance\n\n## 20 columns\n\nas it was\n\n## 400 columns, sparse, long texts\n\nto go\n\n## Any length\n\nas it was\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options{Quick: true, Only: []string{"400 columns, sparse, long texts"}, Markdown: document}
	if err := bench(o, &out, &progress); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HTTP and gunzip only", "this connector", "plain Go", "peak MB"} {
		if !strings.Contains(out.String(), name) {
			t.Errorf("no %q in\n%s", name, out.String())
		}
	}
	if strings.Contains(progress.String(), "left out") == strings.Contains(out.String(), "Python:") {
		t.Errorf("the Python peer neither ran nor was left out, or both:\n%s\n%s", progress.String(), out.String())
	}
	text, err := os.ReadFile(document)
	if err != nil || bytes.Count(text, []byte("\nas it was\n")) != 2 || bytes.Contains(text, []byte("to go")) || !bytes.Contains(text, []byte("| this connector |")) {
		t.Errorf("document: %s, %v", text, err)
	}
}

// A whole run writes all of the document, and its chart.
func TestMarkdown(t *testing.T) {
	document := filepath.Join(t.TempDir(), "performance.md")
	r := report{Date: "2026-11-26", Contests: []contestResult{{Shape: "20 columns", Runs: map[string][]result{oursRole: {{Rows: 10, Seconds: 1}}}}}, Scaling: []scale{{Rows: 7, Runs: []result{{Seconds: 1}}}}}
	if err := r.writeMarkdown(document); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(document)
	for _, want := range []string{"(performance.svg)", "\n## 20 columns\n\nMeasured on 2026-11-26", "\n## Any length\n", "| 7 | 1 |"} {
		if err != nil || !bytes.Contains(text, []byte(want)) {
			t.Errorf("no %q in %s, %v", want, text, err)
		}
	}
	if err := r.renewMarkdown(document); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(document); err != nil || !bytes.Equal(text, again) {
		t.Errorf("renewed with the same figures: %s, %v", again, err)
	}
	if chart, err := os.ReadFile(filepath.Join(filepath.Dir(document), "performance.svg")); err != nil || !bytes.Contains(chart, []byte("</svg>")) {
		t.Errorf("chart: %.200s, %v", chart, err)
	}
	if err := (&report{Contests: []contestResult{{Shape: "of no table"}}}).renewMarkdown(document); err == nil {
		t.Error("a table that the document lacks was renewed")
	}
}

func TestSpread(t *testing.T) {
	if got := spreadOf([]float64{4, 1, 3}); got != (spread{3, 1, 4}) {
		t.Errorf("%v", got)
	}
	if got := spreadOf([]float64{4, 1, 3, 2}); got != (spread{2.5, 1, 4}) {
		t.Errorf("%v", got)
	}
	runs := []result{{Rows: 10, Seconds: 1}, {Rows: 10, Seconds: 2}}
	others := []result{{Rows: 10, Seconds: 2}, {Rows: 10, Seconds: 8}}
	if got := against(runs, others, result.rate); got != (spread{3, 2, 4}) {
		t.Errorf("%v", got)
	}
}
