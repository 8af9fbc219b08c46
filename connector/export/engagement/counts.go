package engagement

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/csv"
)

// counts are what a person should know of the rows of a table. Only those of ranges
// that count are added.
type counts struct {
	unparsed map[string]int64 // by column
	oddities [len(sentences)]int64
}

// sentences tell of the oddities, in the order of counts.add.
var sentences = [...]string{
	"fields with invalid UTF-8, repaired with U+FFFD: %d",
	"fields with NUL characters, removed: %d",
	"rows without a row id, which have one made of the row: %d",
	"rows with the row id of an earlier row of the same export, of which the table holds the last: %d",
	"rows with a time outside the range that was asked for, so that the time zone may be wrong (key " + configuration.KeyTimezone + "): %d",
	"files that do not end in a newline, so that the last row may be cut off: %d",
}

func newCounts() *counts { return &counts{unparsed: map[string]int64{}} }

func (c *counts) add(t csv.Table, stats csv.Stats) {
	one := newCounts()
	for i, n := range stats.Unparsed {
		one.unparsed[t.Columns[i].Name] += n
	}
	one.oddities = [...]int64{stats.Repaired, stats.NULs, stats.MadeKeys, stats.Twice, stats.Outside, 0}
	if stats.Unterminated {
		one.oddities[len(sentences)-1] = 1
	}
	c.merge(one)
}

func (c *counts) merge(other *counts) {
	for column, n := range other.unparsed {
		c.unparsed[column] += n
	}
	for i, n := range other.oddities {
		c.oddities[i] += n
	}
}

// warnings say, once a run, what did not fit.
func (c *counts) warnings() (all []string) {
	for _, column := range slices.Sorted(maps.Keys(c.unparsed)) {
		if n := c.unparsed[column]; n > 0 {
			all = append(all, fmt.Sprintf("values that do not fit column %s are null there, and as Intercom wrote them in %s: %d", column, csv.UnparsedColumn, n))
		}
	}
	for i, n := range c.oddities {
		if n > 0 {
			all = append(all, fmt.Sprintf(sentences[i], n))
		}
	}
	return all
}

// warnOfRows tells what the rows of the run were like.
func (r *Run) warnOfRows(ctx context.Context) error {
	for _, table := range slices.Sorted(maps.Keys(r.counts)) {
		for _, warning := range r.counts[table].warnings() {
			if err := r.warn(ctx, table+": "+warning); err != nil {
				return err
			}
		}
	}
	return nil
}

// count adds what the rows of a range that counts were like.
func (r *Run) count(rows map[string]*counts) {
	for table, c := range rows {
		if r.counts[table] == nil {
			r.counts[table] = newCounts()
		}
		r.counts[table].merge(c)
	}
}

// warnOfFiles tells, once for each event, that an export holds no file of it though
// receipts say that it happened.
func (r *Run) warnOfFiles(ctx context.Context, got totals) error {
	var events []string
	for _, event := range slices.Sorted(maps.Keys(got.first)) {
		if got.first[event] > 0 && !got.met[event] && !slices.Contains(r.config.State.Fileless, event) {
			events = append(events, event)
		}
	}
	if len(events) == 0 {
		return nil
	}
	r.config.State.Fileless = append(r.config.State.Fileless, events...)
	return r.warn(ctx, fmt.Sprintf("%s: the export says in %s of what happened first, and has no file of it: %s", EventTable, ReceiptTable, strings.Join(events, ", ")))
}
