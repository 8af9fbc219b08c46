// Package warnings counts what was unusual about a dataset's rows, and says it.
//
// A reader of CSV repairs, fills in and leaves out what it must (package csv), and
// counts it by window. Here the counts of a run's windows become a few sentences for
// whoever set up the connection: none with a row's value.
package warnings

import (
	"fmt"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
)

// Counts are what a dataset has brought, for the summary and for what a person
// should know of its rows. Only windows that count are added: not one that is
// split and read again.
type Counts struct {
	Rows, Bytes    int64
	Windows        int
	repaired, nuls int64
	unparsed       []int64 // by column of the request
	outside        int64
	most           int64         // of the window with the most rows outside, which tells best
	fits           time.Duration // the zone's offset from UTC that would fit them; noOffset when none would
	timeless       int64
	madeKeys       int64
	firstMade      string // the window and the ordinal of the first row with a made key
	twice, untold  int64
	firstTwice     string // the window and the ordinal of the first row with the id of an earlier one
	headers        int64
	unterminated   string // the first window whose export has no newline at its end
}

// noOffset is that of no zone.
const noOffset = time.Duration(1<<63 - 1)

// Add takes in the rows of a window, a span of time in words, whose first second is
// start.
func (c *Counts) Add(window string, stats csv.Stats, start int64, zone *time.Location) {
	c.Rows += stats.Rows
	c.Bytes += stats.Bytes
	c.Windows++
	c.repaired += stats.Repaired
	c.nuls += stats.NULs
	if c.unparsed == nil {
		c.unparsed = make([]int64, len(stats.Unparsed))
	}
	for i, n := range stats.Unparsed {
		c.unparsed[i] += n
	}
	if c.madeKeys == 0 && stats.MadeKeys > 0 {
		c.firstMade = fmt.Sprintf("row %d of %s", stats.FirstMadeKey, window)
	}
	if c.twice == 0 && stats.Twice > 0 {
		c.firstTwice = fmt.Sprintf("row %d of %s", stats.FirstTwice, window)
	}
	c.twice += stats.Twice
	c.untold += stats.Untold
	if c.unterminated == "" && stats.Unterminated {
		c.unterminated = window
	}
	c.madeKeys += stats.MadeKeys
	c.headers += stats.Headers
	c.timeless += stats.Timeless
	c.outside += stats.Outside
	if stats.Outside > c.most {
		c.most = stats.Outside
		c.fits = fitting(stats.OutsideOffset, start, zone)
	}
}

// fitting is the offset from UTC that a shift of times stands for, at a time in a zone.
func fitting(shift time.Duration, epoch int64, zone *time.Location) time.Duration {
	if shift == 0 {
		return noOffset
	}
	_, ahead := time.Unix(epoch, 0).In(zone).Zone()
	return time.Duration(ahead)*time.Second - shift
}

// Warnings say, once a column and run, what did not fit.
func (c *Counts) Warnings(id string, columns []dataset.Column) []string {
	var all []string
	say := func(n int64, format string, args ...any) {
		if n > 0 {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	for i, n := range c.unparsed {
		say(n, "values that do not fit column %s are null there, and as Intercom wrote them in %s: %d", columns[i].Name, csv.UnparsedColumn, n)
	}
	say(c.repaired, "fields with invalid UTF-8, repaired with U+FFFD: %d", c.repaired)
	say(c.nuls, "fields with NUL characters, removed: %d", c.nuls)
	say(c.madeKeys, "rows without a row id, which have one made of the row: %d; the first is %s of dataset %s", c.madeKeys, c.firstMade, id)
	say(c.twice, "rows with the row id of an earlier row of the same export, of which a table by that key holds the last: %d; the first is %s of dataset %s%s", c.twice, c.firstTwice, id, c.notLookedAt())
	say(c.headers, "header lines in the middle of an export, which are no rows: %d", c.headers)
	if c.unterminated != "" {
		all = append(all, fmt.Sprintf("the export of %s does not end in a newline: its last row may be cut off", c.unterminated))
	}
	say(c.timeless, "rows without a time that can be read: %d", c.timeless)
	say(c.outside, "%d rows have a time outside the window they were exported for: the time zone may be wrong (key %s)%s", c.outside, configuration.KeyTimezone, zoneAt(c.fits))
	return all
}

// notLookedAt says how many rows were in no sample of a large window's.
func (c *Counts) notLookedAt() string {
	if c.untold == 0 {
		return ""
	}
	return fmt.Sprintf("; not looked at were %d rows in windows of very many", c.untold)
}

// ZoneThatFits is the end of a sentence about rows outside their window: the zone
// that a shift of their times stands for, if any.
func ZoneThatFits(shift time.Duration, epoch int64, zone *time.Location) string {
	return zoneAt(fitting(shift, epoch, zone))
}

func zoneAt(offset time.Duration) string {
	if offset == noOffset {
		return ""
	}
	return fmt.Sprintf("; a zone at UTC%s would fit", time.Unix(0, 0).In(time.FixedZone("", int(offset.Seconds()))).Format("-07:00"))
}
