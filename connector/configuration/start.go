package configuration

import (
	"fmt"
	"strconv"
	"time"
)

// Start is the moment at which a first sync begins: an instant, a day of the
// workspace's calendar, or, when nothing was given, a day ago.
type Start struct {
	instant time.Time
	day     string // YYYY-MM-DD, midnight in the workspace's zone
}

// Given says whether the configuration names a start.
func (s Start) Given() bool { return s.day != "" || !s.instant.IsZero() }

// In is the instant that the start means, to the second, for a workspace in
// that zone at that moment.
func (s Start) In(zone *time.Location, now time.Time) time.Time {
	switch {
	case s.day != "":
		day, _ := time.ParseInLocation(time.DateOnly, s.day, zone)
		return day
	case !s.instant.IsZero():
		return s.instant
	default:
		return now.Add(-24 * time.Hour).Truncate(time.Second)
	}
}

func (p *parser) start() Start {
	text := p.text(KeyStart)
	if text == "" {
		return Start{}
	}
	start, err := parseStart(text)
	if err != nil {
		p.refuse(KeyStart, "%v", err)
	}
	return start
}

// Times outside these years are slips of the hand (milliseconds, a missing
// digit): Intercom was founded in 2011.
const firstYear, lastYear = 2011, 2100

func parseStart(text string) (Start, error) {
	wrong := fmt.Errorf("is %q: write epoch seconds (1767225600), a time (2026-01-01T00:00:00Z) or a date (2026-01-01)", text)
	var start Start
	var year int
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		start, year = Start{day: text}, day.Year()
	} else if instant, err := time.Parse(time.RFC3339, text); err == nil {
		instant = instant.UTC().Truncate(time.Second)
		start, year = Start{instant: instant}, instant.Year()
	} else if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		instant := time.Unix(seconds, 0).UTC()
		start, year = Start{instant: instant}, instant.Year()
	} else {
		return Start{}, wrong
	}
	if year < firstYear || year > lastYear {
		return Start{}, fmt.Errorf("%w, between %d and %d", wrong, firstYear, lastYear)
	}
	return start, nil
}
