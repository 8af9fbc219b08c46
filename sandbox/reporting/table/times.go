package table

import (
	"strconv"
	"time"
)

// layouts are the dialects of times that a layout tells; those that end in a
// zone are in UTC.
var layouts = map[string]string{
	"times-minutes":  "2006-01-02 15:04",
	"times-utc":      "2006-01-02 15:04:05 UTC",
	"times-+0000":    "2006-01-02 15:04:05 +0000",
	"times-+00:00":   "2006-01-02T15:04:05+00:00",
	"times-z":        "2006-01-02T15:04:05Z",
	"times-t":        "2006-01-02T15:04:05",
	"times-am-pm":    "2006-01-02 03:04:05 PM",
	"times-date":     "2006-01-02",
	"times-decimals": "2006-01-02 15:04:05.000",
}

// inDialect writes a time as a dialect has it, or else the time that a reader
// can still tell from it.
func (r *Render) inDialect(b []byte, unix int64) []byte {
	if r.True {
		return r.told(b, unix)
	}
	t := time.Unix(unix, 0).In(r.Zone)
	switch r.Times {
	case "times-epoch-s":
		return strconv.AppendInt(b, unix, 10)
	case "times-epoch-ms":
		return strconv.AppendInt(b, unix*1_000, 10)
	case "times-epoch-us":
		return strconv.AppendInt(b, unix*1_000_000, 10)
	case "times-utc", "times-+0000", "times-+00:00", "times-z":
		t = t.UTC()
	case "times-decimals":
		t = t.Add(fraction(unix))
	}
	return t.AppendFormat(b, layouts[r.Times])
}

// told is the time that is left in a dialect's form.
func (r *Render) told(b []byte, unix int64) []byte {
	t := time.Unix(unix, 0).In(r.Zone)
	switch r.Times {
	case "times-minutes":
		return t.AppendFormat(b, "2006-01-02 15:04:00")
	case "times-date":
		return beginning(t).AppendFormat(b, "2006-01-02 15:04:05")
	case "times-decimals":
		return t.Add(fraction(unix)).AppendFormat(b, layouts[r.Times])
	}
	return r.local(b, unix)
}

// beginning is the first moment of a time's date, which is no midnight where the
// clocks skip it.
func beginning(t time.Time) time.Time {
	first := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	if first.Day() != t.Day() {
		_, first = first.ZoneBounds()
	}
	return first
}

// fraction is a time's part of a second, the same for the same time.
func fraction(unix int64) time.Duration { return time.Duration(unix%1000) * time.Millisecond }
