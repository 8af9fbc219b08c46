package answer

import (
	"math"
	"strings"
	"time"
)

// timeLayouts are the texts that are times. One without a zone is UTC.
var timeLayouts = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04",
	time.DateTime, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z0700", "2006-01-02 15:04:05 MST", "2006-01-02 15:04", time.DateOnly,
}

// TimeOf reads a time: epoch seconds, milliseconds or microseconds, told apart
// by their size, or a text. Null and 0 are none.
func TimeOf(b []byte) (time.Time, bool) {
	s, ok := TextOf(b)
	if s = strings.TrimSpace(s); s == "" {
		return time.Time{}, ok
	}
	if f, isNumber := NumberOf(b); isNumber {
		return epochTime(f)
	}
	for _, layout := range timeLayouts {
		t, err := time.Parse(layout, s)
		if zone, offset := t.Zone(); err == nil && (offset != 0 || zone == "UTC" || zone == "GMT" || zone == "") {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func epochTime(f float64) (time.Time, bool) {
	switch size := math.Abs(f); {
	case f == 0:
		return time.Time{}, true
	case size < 1e11: // seconds, until the year 5138
		return time.UnixMicro(int64(math.Round(f * 1e6))).UTC(), true
	case size < 1e14:
		return time.UnixMicro(int64(math.Round(f * 1e3))).UTC(), true
	case size < 1e17:
		return time.UnixMicro(int64(math.Round(f))).UTC(), true
	}
	return time.Time{}, false
}
