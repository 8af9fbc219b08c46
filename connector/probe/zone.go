package probe

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// span is a range of time that was asked for, and the times that its rows bear:
// seconds of the epoch, or where they do not say their zone the wall clock's read
// as UTC.
type span struct {
	from, to time.Time
	times    []int64
}

// A row may lie this far outside its range: nobody knows how Intercom rounds.
const edge = 1

// instant is the moment at which a wall clock of a zone shows a time.
func instant(wall int64, zone *time.Location) int64 {
	t := time.Unix(wall, 0).UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, zone).Unix()
}

// fits says whether every row lies in its range, if its time is of a zone.
func fits(zone *time.Location, spans ...span) bool {
	for _, s := range spans {
		for _, wall := range s.times {
			if at := instant(wall, zone); at < s.from.Unix()-edge || at > s.to.Unix()+edge {
				return false
			}
		}
	}
	return true
}

// fitting are the names of the given zones that fit; where none does, the offsets
// from UTC, in quarters of an hour, that do.
func fitting(spans []span, zones ...*time.Location) (names []string, offsets []time.Duration) {
	known := map[string]bool{}
	for _, zone := range zones {
		if zone != nil && !known[zone.String()] && fits(zone, spans...) {
			names = append(names, zone.String())
		}
		if zone != nil {
			known[zone.String()] = true
		}
	}
	if len(names) > 0 {
		return names, nil
	}
	for offset := -12 * time.Hour; offset <= 14*time.Hour; offset += 15 * time.Minute {
		if fits(time.FixedZone("", int(offset.Seconds())), spans...) {
			offsets = append(offsets, offset)
		}
	}
	return nil, offsets
}

// ahead is an offset as people write it.
func ahead(d time.Duration) string {
	sign := '+'
	if d < 0 {
		sign, d = '-', -d
	}
	return fmt.Sprintf("UTC%c%02d:%02d", sign, int(d.Hours()), int(d.Minutes())%60)
}

// timeForm is how a time is written, with all of its digits as 0: no value of a row.
func timeForm(text string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(text, unicode.IsSpace) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		for _, r := range word {
			switch {
			case unicode.IsDigit(r):
				r = '0'
			case strings.ContainsRune("-:+./TZUCAMP", r):
			default:
				r = '?'
			}
			b.WriteRune(r)
		}
	}
	if form := b.String(); len(form) <= 40 {
		return form
	}
	return "a long text"
}

// saysZone tells a form that is a moment by itself: digits alone, or with a zone.
func saysZone(form string) bool {
	if strings.Trim(form, "0.") == "" {
		return true
	}
	_, clock, found := strings.Cut(form, ":")
	return found && (strings.HasSuffix(clock, "Z") || strings.HasSuffix(clock, "UTC") || strings.ContainsAny(clock, "+-"))
}

// saysSeconds tells a form whose rows can be held against the ends of a range.
func saysSeconds(form string) bool {
	return strings.Trim(form, "0.") == "" || strings.Count(strings.FieldsFunc(form, func(r rune) bool { return r == '+' || r == 'Z' })[0], ":") == 2
}
