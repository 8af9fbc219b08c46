package connector

import (
	"fmt"
	"time"

	"intercom-connector/wire"
)

// totals are what a lane has done, for the summary and for what a person should
// know of its rows.
type totals struct {
	rows, bytes    int64
	windows        int
	repaired, nuls int64
	unparsed       []int64 // by column of the lane
	outside        int64
	most           int64         // of the window with the most rows outside, which tells best
	fits           time.Duration // the zone's offset from UTC that would fit them; noOffset when none would
}

const noOffset = time.Duration(1<<63 - 1)

// add takes in a window whose zone was that far ahead of UTC.
func (t *totals) add(stats wire.Stats, zone time.Duration) {
	t.rows += stats.Rows
	t.bytes += stats.Bytes
	t.windows++
	t.repaired += stats.Repaired
	t.nuls += stats.NULs
	if t.unparsed == nil {
		t.unparsed = make([]int64, len(stats.Unparsed))
	}
	for i, n := range stats.Unparsed {
		t.unparsed[i] += n
	}
	t.outside += stats.Outside
	if stats.Outside > t.most {
		t.most = stats.Outside
		t.fits = noOffset
		if stats.OutsideOffset != 0 {
			t.fits = zone - stats.OutsideOffset
		}
	}
}

// warnOfRows says, once a column and sync, what did not fit.
func (s *syncRun) warnOfRows(l *lane) error {
	var warnings []string
	for i, n := range l.totals.unparsed {
		if n > 0 {
			warnings = append(warnings, fmt.Sprintf("values that do not fit column %s are null there, and as Intercom wrote them in %s: %d", l.columns[i].name, wire.UnparsedColumn, n))
		}
	}
	if n := l.totals.repaired; n > 0 {
		warnings = append(warnings, fmt.Sprintf("fields with invalid UTF-8, repaired with U+FFFD: %d", n))
	}
	if n := l.totals.nuls; n > 0 {
		warnings = append(warnings, fmt.Sprintf("fields with NUL characters, removed: %d", n))
	}
	if n := l.totals.outside; n > 0 {
		warnings = append(warnings, outsideWarning(n, l.totals.fits))
	}
	for _, warning := range warnings {
		if err := s.warn("%s: %s", l.table.name, warning); err != nil {
			return err
		}
	}
	return nil
}

func outsideWarning(rows int64, fits time.Duration) string {
	text := fmt.Sprintf("%d rows have a time outside the window they were exported for: the time zone may be wrong (key %s)", rows, keyTimezone)
	if fits != noOffset {
		text += fmt.Sprintf("; a zone at UTC%s would fit", time.Unix(0, 0).In(time.FixedZone("", int(fits.Seconds()))).Format("-07:00"))
	}
	return text
}

// summarise logs what the sync did, a line a table.
func (s *syncRun) summarise() {
	for _, l := range s.lanes {
		s.log.Info("table", "name", l.table.name, "rows", l.totals.rows, "bytes", l.totals.bytes,
			"windows", l.totals.windows, "complete", l.err == nil, "read_to", stamp(l.state.Cursor))
	}
	s.log.Info("sync ended", "seconds", seconds(time.Since(s.began)), "tables", len(s.lanes))
}
