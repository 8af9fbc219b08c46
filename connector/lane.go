package connector

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom-connector/wire"
)

// lane is the reading of one dataset in one sync: its spans of time, cut into
// windows, in a strict order. Only the sync's own goroutine touches it.
type lane struct {
	table  *table
	state  *datasetState
	zone   *time.Location
	fixed  time.Duration // the length that the configuration gives a backfill's windows; 0 is automatic
	totals totals
	err    error // what ended it

	columns     []column // those that are sent, in the order of the request
	dropped     map[string]bool
	encoder     *wire.Encoder
	attributes  []string // what a job is asked for
	fingerprint string   // stands for attributes in the state

	readings []reading // what is not cut into windows yet
	queue    []*window // what is not delivered yet, in order
}

// window is a span of a dataset's time that one export job covers, in epoch
// seconds. It shares its first and its last second with its neighbours, since
// nobody knows whether Intercom includes the ends.
type window struct {
	lane       *lane
	purpose    purpose
	start, end int64
	flight     *flight // nil until its job is launched
	attempts   int
	stuck      int // jobs that never ended, for it or for what it was split from
}

func newLane(t *table, s selection, d *datasetState, zone *time.Location, fixed time.Duration) (*lane, error) {
	l := &lane{table: t, state: d, zone: zone, fixed: fixed, dropped: map[string]bool{}}
	for _, c := range t.columns {
		if c.key || s.column(t.name, c.name) {
			l.columns = append(l.columns, c)
		}
	}
	return l, l.prepare()
}

// prepare makes the request and the encoder from the columns that are left. A
// dropped column is still sent, as null: an upsert carries every column.
func (l *lane) prepare() error {
	spec := wire.Table{
		Name:       l.table.name,
		RowID:      !l.table.occurrence && len(l.table.key()) == 1,
		Occurrence: l.table.occurrence,
		TimeField:  -1,
		Zone:       l.zone,
	}
	l.attributes = nil
	for _, c := range l.columns {
		field := wire.Absent
		if !l.dropped[c.name] {
			field = len(l.attributes)
			l.attributes = append(l.attributes, c.attribute.Request())
			spec.Header = append(spec.Header, wire.Field{ID: c.attribute.ID, QualifiedID: c.attribute.QualifiedID})
			if c.attribute.ID == l.table.dataset.TimeAttributeID && c.kind == wire.UTCDatetime {
				spec.TimeField = field
			}
		}
		spec.Columns = append(spec.Columns, wire.Column{Name: c.name, Kind: c.kind, Field: field, Key: c.key})
	}
	h := fnv.New64a()
	h.Write([]byte(strings.Join(l.attributes, "\x00")))
	l.fingerprint = strconv.FormatUint(h.Sum64(), 36)
	var err error
	l.encoder, err = wire.NewEncoder(spec)
	return err
}

// next is the window to launch now: one that must be tried again, or the next
// of the lane; nil when all are launched. saved are the jobs of the last sync:
// a window that begins where one of them does, and may, ends where it does, so
// that the job can be taken up.
func (l *lane) next(saved []savedJob) *window {
	if l.err != nil {
		return nil
	}
	for _, w := range l.queue {
		if w.flight == nil {
			return w
		}
	}
	for len(l.readings) > 0 {
		r := &l.readings[0]
		if r.at >= r.to {
			l.readings = l.readings[1:]
			continue
		}
		w := &window{lane: l, purpose: r.purpose, start: r.at, end: l.endOf(*r, saved)}
		r.at = w.end
		l.queue = append(l.queue, w)
		return w
	}
	return nil
}

// endOf is where the next window of a reading ends.
func (l *lane) endOf(r reading, saved []savedJob) int64 {
	end := min(r.to, r.at+int64(l.width(r.purpose).Seconds()))
	for _, job := range saved {
		if job.Dataset == l.table.dataset.ID && job.Attributes == l.fingerprint && job.Start == r.at && job.End <= r.to {
			end = job.End
		}
	}
	if cut := nextCut(time.Unix(r.at, 0), time.Unix(end, 0), l.zone); !cut.IsZero() {
		end = cut.Unix()
	}
	return end
}

// width is the length of the next window. Re-reading begins with a day at
// least: the walk over the new rows has shown what Intercom bears.
func (l *lane) width(p purpose) time.Duration {
	backfill := p == newRows || p == earlierRows
	if l.fixed > 0 && backfill {
		return l.fixed
	}
	width := time.Duration(l.state.Width) * time.Second
	if width == 0 {
		width = firstWidth
	}
	if !backfill && !l.state.Cut {
		width = max(width, day)
	}
	return width
}

// learn adapts the width after a window was read by a job that took that long.
func (l *lane) learn(w *window, took time.Duration, rows int64) {
	width := l.width(w.purpose)
	next := widthAfter(width, w.span(), took, rows)
	if next < width {
		l.state.Cut = true
	} else if next > width {
		l.state.Cut = false
	}
	l.state.Width = int64(next.Seconds())
}

// head is the window whose rows come next; nil when there is none.
func (l *lane) head() *window {
	if l.err != nil || len(l.queue) == 0 {
		return nil
	}
	return l.queue[0]
}

// comes says what the lane does next, for the log.
func (l *lane) comes() string {
	switch {
	case len(l.queue) > 0:
		return l.queue[0].purpose.String() + ", " + l.queue[0].String()
	case len(l.readings) > 0 && l.readings[0].at < l.readings[0].to:
		return l.readings[0].purpose.String() + ", from " + stamp(l.readings[0].at)
	case len(l.readings) > 1:
		return l.readings[1].purpose.String() + ", from " + stamp(l.readings[1].at)
	default:
		return "nothing"
	}
}

// delivered takes the head away and moves the state on.
func (l *lane) delivered(w *window, asOf int64) {
	l.queue = l.queue[1:]
	l.state.advance(w.purpose, w.end, asOf)
}

// split replaces the head by its two halves; false when it is a second long.
func (l *lane) split(w *window, least time.Duration) bool {
	if w.span() < 2*least {
		return false
	}
	middle := w.start + (w.end-w.start)/2
	first := &window{lane: l, purpose: w.purpose, start: w.start, end: middle, stuck: w.stuck}
	second := &window{lane: l, purpose: w.purpose, start: middle, end: w.end, stuck: w.stuck}
	l.queue = slices.Replace(l.queue, 0, 1, first, second)
	return true
}

// shorten makes the next windows no longer than half of one that failed.
func (l *lane) shorten(w *window) {
	half := max(w.span()/2, leastWidth)
	if half < l.width(w.purpose) {
		l.state.Width, l.state.Cut = int64(half.Seconds()), true
	}
}

func (w *window) span() time.Duration { return time.Duration(w.end-w.start) * time.Second }

func (w *window) String() string {
	return fmt.Sprintf("%s to %s", stamp(w.start), stamp(w.end))
}

func stamp(epoch int64) string { return time.Unix(epoch, 0).UTC().Format(time.RFC3339) }

func (w *window) wire() wire.Window {
	return wire.Window{Start: time.Unix(w.start, 0), End: time.Unix(w.end, 0)}
}

// failure is an error of a window, with what a person needs to ask about it.
func (w *window) failure(err error) error {
	return fmt.Errorf("dataset %s, %s (%s): %w", w.lane.table.dataset.ID, w, w.purpose, err)
}
