// Package calendar tells which day of a lake's table a time is of, though the
// workspace's zone has changed meanwhile.
package calendar

import (
	"fmt"
	"time"

	"intercom-connector/connector/export/plan"
	"intercom-connector/operator/lake"
)

// Calendar is a table's: the workspace's, but for days that were published when
// it had another zone. They keep the bounds that they had, and the new zone's
// first day begins where the last of them ended.
type Calendar struct{ eras []Era }

// Era is the time in which the workspace had a zone.
type Era struct {
	Zone  string    `json:"zone"`
	Until time.Time `json:"until,omitzero"` // the end of its last day; the present one has none

	zone *time.Location
}

// New is the calendar of some eras, which were stored.
func New(eras []Era) (Calendar, error) {
	c := Calendar{eras: eras}
	for i := range c.eras {
		var err error
		if c.eras[i].zone, err = time.LoadLocation(c.eras[i].Zone); err != nil {
			return c, fmt.Errorf("the calendar's zone %q: %w", c.eras[i].Zone, err)
		}
	}
	return c, nil
}

// Eras are what lasts of the calendar.
func (c *Calendar) Eras() []Era { return c.eras }

// Has reports whether a zone is the present one's, or there is none yet.
func (c *Calendar) Has(zone *time.Location) bool {
	n := len(c.eras)
	return n == 0 || c.eras[n-1].Zone == zone.String()
}

// Change takes in the zone that the workspace has now. until is the end of the
// last day that is published; zero where none is.
func (c *Calendar) Change(zone *time.Location, until time.Time) {
	if n := len(c.eras); n > 0 {
		last := &c.eras[n-1]
		if last.Zone == zone.String() {
			return
		}
		begun := n == 1 || until.After(c.eras[n-2].Until)
		if until.IsZero() || !begun {
			last.Zone, last.zone = zone.String(), zone
			return
		}
		last.Until = until.UTC()
	}
	c.eras = append(c.eras, Era{Zone: zone.String(), zone: zone})
}

// Day is the one that holds a time, and its zone.
func (c *Calendar) Day(t time.Time) (plan.Day, *time.Location) { return c.dayOf(t, len(c.eras)-1) }

// dayOf is the day of a time before the end of an era.
func (c *Calendar) dayOf(t time.Time, i int) (plan.Day, *time.Location) {
	for i > 0 && t.Before(c.eras[i-1].Until) {
		i--
	}
	zone := c.eras[i].zone
	day := plan.DayOf(t, zone)
	if i == 0 {
		return day, zone
	}
	began := c.eras[i-1].Until
	last, _ := c.dayOf(began.Add(-time.Nanosecond), i-1)
	if first := firstAfter(last.Date, began, zone); day.Date <= first.Date {
		return first, zone
	}
	return day, zone
}

// firstAfter is the first day of a zone after a date, when the days before ended
// at a time.
func firstAfter(date string, began time.Time, zone *time.Location) plan.Day {
	for day := plan.DayOf(began, zone); ; day = plan.DayOf(day.End, zone) {
		if day.Date > date {
			day.Start = began
			return day
		}
	}
}

// On is the day of a date. One that the calendar leaves out is false.
func (c *Calendar) On(date string) (plan.Day, bool) {
	for i, e := range c.eras {
		near, err := plan.DayOn(date, e.zone)
		if err != nil {
			return plan.Day{}, false
		}
		for _, t := range []time.Time{near.Start, near.End.Add(-time.Nanosecond)} {
			if day, _ := c.Day(t); day.Date == date {
				return day, true
			}
		}
		if i == len(c.eras)-1 {
			break
		}
	}
	return plan.Day{}, false
}

// ErasOf are the zones of published days. Earlier versions did not say theirs: it
// was that of the first one that does, or the present one.
func ErasOf(published []lake.Publication, present *time.Location) (eras []Era) {
	if len(published) == 0 {
		return nil
	}
	zone := present.String()
	for _, p := range published {
		if p.Zone != "" {
			zone = p.Zone
			break
		}
	}
	eras = []Era{{Zone: zone}}
	for i, p := range published {
		if p.Zone != "" && p.Zone != eras[len(eras)-1].Zone {
			eras[len(eras)-1].Until = published[i-1].To
			eras = append(eras, Era{Zone: p.Zone})
		}
	}
	return eras
}
