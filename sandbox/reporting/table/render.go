package table

import (
	"strconv"
	"time"

	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/directory"
	"intercom-connector/sandbox/workspace"
)

// Render writes cells as the workspace's options want them. It belongs to one
// export: the date of the last timestamp is kept, since neighbours share it.
type Render struct {
	Language int
	People   *directory.Directory
	Form     workspace.TimestampForm
	Comma    bool
	Decimals bool
	Times    string // dialect of times, "" for none
	True     bool   // write what a dialect's form still tells, in the plain form

	Zone     *time.Location
	from, to int64 // Unix seconds in which offset holds
	offset   int64
	day      int64 // local day whose date is in date
	date     []byte
}

// Stamp writes a time.
func (r *Render) Stamp(b []byte, unix int64) []byte {
	switch {
	case r.Times != "":
		return r.inDialect(b, unix)
	case r.Form == workspace.EpochSeconds:
		return strconv.AppendInt(b, unix, 10)
	case r.Form == workspace.RFC3339:
		return time.Unix(unix, 0).In(r.Zone).AppendFormat(b, time.RFC3339)
	}
	return r.local(b, unix)
}

// local writes a time in the zone, to the second.
func (r *Render) local(b []byte, unix int64) []byte {
	if unix < r.from || unix >= r.to {
		r.enter(unix)
	}
	local := unix + r.offset
	if day := calendar.FloorDiv(local, calendar.DaySeconds); day != r.day || r.date == nil {
		r.day, r.date = day, time.Unix(local, 0).UTC().AppendFormat(r.date[:0], "2006-01-02 ")
	}
	second := local - r.day*calendar.DaySeconds
	b = append(b, r.date...)
	b = append(twoDigits(b, second/3600), ':')
	b = append(twoDigits(b, second/60%60), ':')
	return twoDigits(b, second%60)
}

// enter finds the zone's offset at a moment and how long it holds.
func (r *Render) enter(unix int64) {
	t := time.Unix(unix, 0).In(r.Zone)
	_, offset := t.Zone()
	r.offset, r.from, r.to = int64(offset), unix-unix%900, unix-unix%900+900
	if start, end := t.ZoneBounds(); !end.IsZero() {
		r.to = end.Unix()
		if !start.IsZero() {
			r.from = start.Unix()
		}
	}
}

func twoDigits(b []byte, n int64) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }

// Duration writes seconds, with tenths where there are some.
func (r *Render) Duration(b []byte, tenths int64) []byte {
	b = strconv.AppendInt(b, tenths/10, 10)
	if tenths%10 == 0 && !r.Decimals {
		return b
	}
	point := byte('.')
	if r.Comma {
		point = ','
	}
	return append(b, point, byte('0'+tenths%10))
}
