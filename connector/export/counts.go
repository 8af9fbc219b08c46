package export

import (
	"context"
	"fmt"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/plan"
	csv "intercom-connector/wire"
)

// counts are what a reading has brought, for the summary and for what a person
// should know of its rows. Only windows that count are added: not one that is
// split and read again.
type counts struct {
	rows, bytes    int64
	windows        int
	repaired, nuls int64
	unparsed       []int64 // by column of the request
	outside        int64
	most           int64         // of the window with the most rows outside, which tells best
	fits           time.Duration // the zone's offset from UTC that would fit them; noOffset when none would
}

const noOffset = time.Duration(1<<63 - 1)

// add takes in a window whose zone was that far ahead of UTC.
func (c *counts) add(stats csv.Stats, zone time.Duration) {
	c.rows += stats.Rows
	c.bytes += stats.Bytes
	c.windows++
	c.repaired += stats.Repaired
	c.nuls += stats.NULs
	if c.unparsed == nil {
		c.unparsed = make([]int64, len(stats.Unparsed))
	}
	for i, n := range stats.Unparsed {
		c.unparsed[i] += n
	}
	c.outside += stats.Outside
	if stats.Outside > c.most {
		c.most = stats.Outside
		c.fits = fitting(stats.OutsideOffset, zone)
	}
}

// fitting is the zone's offset from UTC that a shift of times stands for.
func fitting(shift, zone time.Duration) time.Duration {
	if shift == 0 {
		return noOffset
	}
	return zone - shift
}

// offsetOf is how far the zone is ahead of UTC at a time.
func offsetOf(epoch int64, zone *time.Location) time.Duration {
	_, ahead := time.Unix(epoch, 0).In(zone).Zone()
	return time.Duration(ahead) * time.Second
}

// warnings say, once a column and run, what did not fit.
func (d *reading) warnings() []string {
	c := &d.counts
	var all []string
	for i, n := range c.unparsed {
		if n > 0 {
			all = append(all, fmt.Sprintf("values that do not fit column %s are null there, and as Intercom wrote them in %s: %d", d.request.columns[i].Name, csv.UnparsedColumn, n))
		}
	}
	if c.repaired > 0 {
		all = append(all, fmt.Sprintf("fields with invalid UTF-8, repaired with U+FFFD: %d", c.repaired))
	}
	if c.nuls > 0 {
		all = append(all, fmt.Sprintf("fields with NUL characters, removed: %d", c.nuls))
	}
	if c.outside > 0 {
		all = append(all, fmt.Sprintf("%d rows have a time outside the window they were exported for: the time zone may be wrong (key %s)%s", c.outside, configuration.KeyTimezone, zoneThatFits(c.fits)))
	}
	return all
}

// zoneThatFits is the end of a sentence about rows outside their window.
func zoneThatFits(offset time.Duration) string {
	if offset == noOffset {
		return ""
	}
	return fmt.Sprintf("; a zone at UTC%s would fit", time.Unix(0, 0).In(time.FixedZone("", int(offset.Seconds()))).Format("-07:00"))
}

// warnOfRows tells what the rows of a reading were like.
func (r *Run) warnOfRows(ctx context.Context, d *reading) error {
	for _, warning := range d.warnings() {
		if err := r.warn(ctx, "%s: %s", d.Table.Name, warning); err != nil {
			return err
		}
	}
	return nil
}

// summarise logs what the run did, a line a table.
func (r *Run) summarise() {
	for _, d := range r.readings {
		r.Log.Info("table", "name", d.Table.Name, "rows", d.counts.rows, "bytes", d.counts.bytes,
			"windows", d.counts.windows, "complete", d.err == nil, "read_to", plan.Stamp(d.state.Cursor))
	}
}

func seconds(d time.Duration) float64 { return d.Round(100 * time.Millisecond).Seconds() }
