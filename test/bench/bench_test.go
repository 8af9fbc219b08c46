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
	if err != nil || !bytes.Contains(text, []byte("(performance.svg)")) {
		t.Errorf("document: %.200s, %v", text, err)
	}
	if chart, err := os.ReadFile(filepath.Join(filepath.Dir(document), "performance.svg")); err != nil || !bytes.Contains(chart, []byte("</svg>")) {
		t.Errorf("chart: %.200s, %v", chart, err)
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
