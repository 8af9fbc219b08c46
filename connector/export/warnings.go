package export

import (
	"context"
	"fmt"
	"strings"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/plan"
)

// counts are what a dataset has brought, for the summary and for what a person
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
	timeless       int64
	madeKeys       int64
	firstMade      string // the window and the ordinal of the first row with a made key
	twice, untold  int64
	firstTwice     string // the window and the ordinal of the first row with the id of an earlier one
	headers        int64
	unterminated   string // the first window whose export has no newline at its end
}

const noOffset = time.Duration(1<<63 - 1)

// add takes in a window whose zone was that far ahead of UTC.
func (c *counts) add(w *window, stats csv.Stats, zone time.Duration) {
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
	if c.madeKeys == 0 && stats.MadeKeys > 0 {
		c.firstMade = fmt.Sprintf("row %d of %s", stats.FirstMadeKey, w)
	}
	if c.twice == 0 && stats.Twice > 0 {
		c.firstTwice = fmt.Sprintf("row %d of %s", stats.FirstTwice, w)
	}
	c.twice += stats.Twice
	c.untold += stats.Untold
	if c.unterminated == "" && stats.Unterminated {
		c.unterminated = w.String()
	}
	c.madeKeys += stats.MadeKeys
	c.headers += stats.Headers
	c.timeless += stats.Timeless
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
func (d *datasetRun) warnings() []string {
	c := &d.counts
	var all []string
	for i, n := range c.unparsed {
		if n > 0 {
			all = append(all, fmt.Sprintf("values that do not fit column %s are null there, and as Intercom wrote them in %s: %d", d.request.Columns[i].Name, csv.UnparsedColumn, n))
		}
	}
	if c.repaired > 0 {
		all = append(all, fmt.Sprintf("fields with invalid UTF-8, repaired with U+FFFD: %d", c.repaired))
	}
	if c.nuls > 0 {
		all = append(all, fmt.Sprintf("fields with NUL characters, removed: %d", c.nuls))
	}
	if c.madeKeys > 0 {
		all = append(all, fmt.Sprintf("rows without a row id, which have one made of the row: %d; the first is %s of dataset %s", c.madeKeys, c.firstMade, d.id()))
	}
	if c.twice > 0 {
		all = append(all, fmt.Sprintf("rows with the row id of an earlier row of the same export, of which a table by that key holds the last: %d; the first is %s of dataset %s%s", c.twice, c.firstTwice, d.id(), c.notLookedAt()))
	}
	if c.headers > 0 {
		all = append(all, fmt.Sprintf("header lines in the middle of an export, which are no rows: %d", c.headers))
	}
	if c.unterminated != "" {
		all = append(all, fmt.Sprintf("the export of %s does not end in a newline: its last row may be cut off", c.unterminated))
	}
	if c.timeless > 0 {
		all = append(all, fmt.Sprintf("rows without a time that can be read: %d", c.timeless))
	}
	if c.outside > 0 {
		all = append(all, fmt.Sprintf("%d rows have a time outside the window they were exported for: the time zone may be wrong (key %s)%s", c.outside, configuration.KeyTimezone, zoneThatFits(c.fits)))
	}
	return all
}

// notLookedAt says how many rows were in no sample of a large window's.
func (c *counts) notLookedAt() string {
	if c.untold == 0 {
		return ""
	}
	return fmt.Sprintf("; not looked at were %d rows in windows of very many", c.untold)
}

// zoneThatFits is the end of a sentence about rows outside their window.
func zoneThatFits(offset time.Duration) string {
	if offset == noOffset {
		return ""
	}
	return fmt.Sprintf("; a zone at UTC%s would fit", time.Unix(0, 0).In(time.FixedZone("", int(offset.Seconds()))).Format("-07:00"))
}

// warnOfRows tells what the rows of a dataset were like.
func (r *Run) warnOfRows(ctx context.Context, d *datasetRun) error {
	for _, warning := range d.warnings() {
		if err := r.warn(ctx, "%s: %s", d.selected.Table.Name, warning); err != nil {
			return err
		}
	}
	return nil
}

// summarise logs what the run did, a line a table.
func (r *Run) summarise() {
	for _, d := range r.datasets {
		r.config.Log.Info("table", "name", d.selected.Table.Name, "rows", d.counts.rows, "bytes", d.counts.bytes,
			"windows", d.counts.windows, "complete", d.err == nil, "read_to", plan.Stamp(d.state.Cursor))
	}
}

// remainder is what is left of a run: export jobs, and the days that they cover.
// Windows grow and shrink, so it is a guess.
type remainder struct {
	jobs int
	days float64
}

func (l remainder) String() string { return fmt.Sprintf("about %d jobs, %.1f days", l.jobs, l.days) }

// Left is for whoever shows how far a run is.
func (l remainder) Left() (jobs int, days float64) { return l.jobs, l.days }

func (r *Run) left() (all remainder) {
	for _, d := range r.datasets {
		if d.err != nil {
			continue
		}
		span, jobs := d.plan.Left()
		for _, w := range d.queue {
			span += w.planned.Span()
			jobs++
		}
		all.jobs += jobs
		all.days += span.Hours() / 24
	}
	return all
}

func seconds(d time.Duration) float64 { return d.Round(100 * time.Millisecond).Seconds() }

// NewColumns are, by table, those that it has now and had not in the last run;
// none at its first.
func (r *Run) NewColumns() map[string][]string {
	found := map[string][]string{}
	for _, d := range r.datasets {
		for _, c := range d.selected.Table.Columns {
			if _, ok := d.state.Columns[c.Name]; !ok && d.state.Columns != nil {
				found[d.selected.Table.Name] = append(found[d.selected.Table.Name], c.Name)
			}
		}
	}
	return found
}

// Announce tells of columns that are new. From then on the state has the tables'
// columns.
func (r *Run) Announce(ctx context.Context) error {
	added := r.NewColumns()
	for _, d := range r.datasets {
		d.state.SetColumns(d.selected.Table.Requests())
		if names := added[d.selected.Table.Name]; len(names) > 0 {
			if err := r.warn(ctx, "table %s has new columns (%s): rows read before now lack them until they are read again; re-sync the table to fill them", d.selected.Table.Name, enumerate(names)); err != nil {
				return err
			}
		}
	}
	return nil
}

// enumerate is names in a sentence, the first few of many.
func enumerate(names []string) string {
	const few = 20
	if len(names) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return strings.Join(names, ", ")
}
