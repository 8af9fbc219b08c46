package audit

import (
	"context"
	"slices"
	"time"

	"intercom-connector/operator/lake"
)

// Table is what a lake holds of a table. Days are 2006-01-02, in the workspace's
// zone.
type Table struct {
	Name  string `json:"table"`
	First string `json:"first_day"`
	Last  string `json:"last_day"`
	Days  int    `json:"days"` // that are published
	Parts int    `json:"parts"`
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"` // of its parts
	// Missing are days between the first and the last that are not published, but for
	// those of a sparse table: see [lake.Publication];
	// Incomplete are published without proof.
	Missing    []Range `json:"missing"`
	Incomplete []Range `json:"not_complete"`
}

// Range is some days without a gap, the last one included.
type Range struct {
	First string `json:"first_day"`
	Last  string `json:"last_day"`
}

// Status tells which days of which tables a lake holds, from the publications
// alone: whether their parts are sound, [Verify] tells. Days that cannot be read
// are errors of their own.
func Status(ctx context.Context, l *lake.Lake) (all []Table, damaged []error, err error) {
	s, err := l.Survey(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range s.Published {
		if len(all) == 0 || all[len(all)-1].Name != p.Table {
			all = append(all, Table{Name: p.Table, First: p.Dt, Missing: []Range{}, Incomplete: []Range{}})
		}
		t := &all[len(all)-1]
		if t.Last != "" && !p.Sparse {
			t.Missing = between(t.Missing, t.Last, p.Dt)
		}
		if !p.Complete {
			t.Incomplete = append(t.Incomplete, Range{p.Dt, p.Dt})
		}
		t.Last = p.Dt
		t.Days++
		t.Rows += p.Rows
		t.Parts += len(p.Parts)
		for _, file := range p.Parts {
			t.Bytes += file.Size
		}
	}
	for i := range all {
		all[i].Incomplete = joined(all[i].Incomplete)
	}
	return all, s.Damaged, nil
}

// between appends the days after one and before another.
func between(all []Range, after, before string) []Range {
	first, last := day(after, 1), day(before, -1)
	if first > last {
		return all
	}
	return append(all, Range{first, last})
}

// joined makes one range of days that follow each other.
func joined(all []Range) []Range {
	out := []Range{}
	for _, r := range all {
		if n := len(out); n > 0 && day(out[n-1].Last, 1) == r.First {
			out[n-1].Last = r.Last
		} else {
			out = append(out, r)
		}
	}
	return slices.Clip(out)
}

// day is some days after another. Days were checked when they were read.
func day(dt string, after int) string {
	t, _ := time.Parse(time.DateOnly, dt)
	return t.AddDate(0, 0, after).Format(time.DateOnly)
}

// Count is how many days some ranges are.
func Count(all []Range) (days int64) {
	for _, r := range all {
		first, _ := time.Parse(time.DateOnly, r.First)
		last, _ := time.Parse(time.DateOnly, r.Last)
		days += int64(last.Sub(first)/(24*time.Hour)) + 1
	}
	return days
}
