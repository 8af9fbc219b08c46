package main

import (
	"bytes"
	"context"
	"encoding/binary"
	stdcsv "encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/record"
	sdk "intercom-connector/proto"
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

// TestShapes: the exports are the same ones each time, as wide as they say,
// and every value fits its column.
func TestShapes(t *testing.T) {
	for _, s := range append(shapes, scalingShape) {
		s.chunk = 50
		header, rows := s.csv()
		_, again := s.csv()
		if !bytes.Equal(rows, again) {
			t.Errorf("%s: another export the second time", s.Name)
		}
		all, err := stdcsv.NewReader(bytes.NewReader(append(header, rows...))).ReadAll()
		if err != nil || len(all) != 51 || len(all[0]) != s.Columns {
			t.Errorf("%s: %d rows, %v", s.Name, len(all), err)
		}
		e, err := record.NewEncoder(s.table())
		if err != nil {
			t.Fatal(err)
		}
		source := csv.FromReader(io.MultiReader(bytes.NewReader(header), bytes.NewReader(rows)))
		stats, err := e.Encode(context.Background(), source, csv.Window{Start: exportStart, End: exportEnd}, func(b *record.Batch) error {
			b.Free()
			return nil
		})
		if err != nil || stats.Rows != 50 || stats.Outside != 0 {
			t.Errorf("%s: %+v, %v", s.Name, stats, err)
		}
		for i, n := range stats.Unparsed {
			if n > 0 {
				t.Errorf("%s: %d values of column %d do not fit", s.Name, n, i)
			}
		}
		if s.chunk = findChunk(t, s.Name); s.chunk*20%10_000 == 0 {
			t.Errorf("%s: so round a count is split by the connector", s.Name)
		}
	}
}

func findChunk(t *testing.T, name string) int {
	s, err := findShape(name)
	if err != nil {
		t.Fatal(err)
	}
	return s.chunk
}

// TestWalk counts messages that come in pieces, one after another.
func TestWalk(t *testing.T) {
	record := &sdk.Record{TableName: "t", Data: map[string]*sdk.ValueType{"a": null()}}
	messages := []*sdk.UpdateResponse{
		{Operation: &sdk.UpdateResponse_Record{Record: record}},
		{},
		{Operation: &sdk.UpdateResponse_Records{Records: &sdk.Records{Records: []*sdk.Record{record, record, record}}}},
		{Operation: &sdk.UpdateResponse_Records{Records: &sdk.Records{}}},
		{Operation: &sdk.UpdateResponse_Warning{Warning: &sdk.Warning{Message: "careful"}}},
		{Operation: &sdk.UpdateResponse_Checkpoint{Checkpoint: &sdk.Checkpoint{StateJson: "{}"}}},
		{Operation: &sdk.UpdateResponse_Record{Record: &sdk.Record{TableName: strings.Repeat("long", 100)}}},
	}
	var data []byte
	for _, m := range messages {
		message, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		data = binary.BigEndian.AppendUint32(append(data, 0), uint32(len(message)))
		data = append(data, message...)
	}
	for size := 1; size <= len(data); size++ {
		var w walk
		for piece := range slices.Chunk(data, size) {
			if _, err := w.Write(piece); err != nil {
				t.Fatal(err)
			}
		}
		if w.records != 5 || w.trouble != "careful" || w.end() != nil {
			t.Fatalf("in pieces of %d: %+v, %v", size, w, w.end())
		}
	}
	for _, c := range []struct {
		data string
		want error
	}{
		{"\x00\x00\x00", errCut},
		{"\x00\x00\x00\x00\x04\x0a", errCut},
		{"\x00\x00\x00\x00\x04\x0a\x02a", errCut},
		{"\x01\x00\x00\x00\x00", errCompressed},
		{"\x00\x00\x00\x00\x04\x0a\x03ab", errMalformed},               // a field longer than its message
		{"\x00\x00\x00\x00\x02\x08\x01", errMalformed},                 // a field of another kind
		{"\x00\x00\x00\x00\x01\x0a", errMalformed},                     // a tag and nothing else
		{"\x00\x00\x00\x00\x01\x80", errMalformed},                     // a tag that its message cuts
		{"\x00\x00\x00\x00\x09\x0a\x80\x80\x80\x80\x80", errMalformed}, // a length of six bytes
	} {
		var w walk
		_, err := w.Write([]byte(c.data))
		if err == nil {
			err = w.end()
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%x: %v, want %v", c.data, err, c.want)
		}
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
