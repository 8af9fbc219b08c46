package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"intercom-connector/internal/terminal"
	"intercom-connector/operator/lake"
)

// report is what a snapshot did, for a program.
type report struct {
	Day      string          `json:"day"` // that of the snapshot, the last if there were several
	Tables   []reportedTable `json:"tables"`
	Warnings []string        `json:"warnings"`
	Seconds  float64         `json:"seconds"`

	published map[string]lake.Publication // by key
	began     time.Time
	log       *slog.Logger // keeps the warnings
	warned    bytes.Buffer // a line for each
}

// reportedTable is what was published of a table, in one run.
type reportedTable struct {
	Name     string `json:"name"`
	Days     int    `json:"days"`
	Rows     int64  `json:"rows"`
	Complete bool   `json:"complete"` // every day of it
}

func newReport() *report {
	r := &report{Tables: []reportedTable{}, Warnings: []string{}, published: map[string]lake.Publication{}, began: time.Now()}
	r.log = terminal.NewLog(&r.warned, slog.LevelWarn)
	return r
}

// add notes what was published, and the snapshot's day if it was one. A day of a table
// that is published twice is as it was the second time.
func (r *report) add(day string, published []lake.Publication) {
	r.Day = cmp.Or(day, r.Day)
	for _, p := range published {
		r.published[p.Key()] = p
	}
}

// write writes one object.
func (r *report) write(to io.Writer) error {
	for _, key := range slices.Sorted(maps.Keys(r.published)) {
		p := r.published[key]
		if n := len(r.Tables); n == 0 || r.Tables[n-1].Name != p.Table {
			r.Tables = append(r.Tables, reportedTable{Name: p.Table, Complete: true})
		}
		t := &r.Tables[len(r.Tables)-1]
		t.Days, t.Rows, t.Complete = t.Days+1, t.Rows+p.Rows, t.Complete && p.Complete
	}
	for line := range strings.Lines(r.warned.String()) {
		if warning, ok := strings.CutPrefix(line, "WARNING "); ok {
			r.Warnings = append(r.Warnings, strings.TrimSuffix(warning, "\n"))
		}
	}
	r.Seconds = time.Since(r.began).Seconds()
	out := json.NewEncoder(to)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(r)
}
