package reporting

import (
	"fmt"
	"time"

	"intercom-connector/connector/export/plan"
)

// calendar is a table's: the workspace's, but for days that were published when
// it had another zone. They keep the bounds that they had, and the new zone's
// first day begins where the last of them ended.
type calendar struct{ eras []era }

// era is the time in which the workspace had a zone.
type era struct {
	Zone  string    `json:"zone"`
	Until time.Time `json:"until,omitzero"` // the end of its last day; the present one has none

	zone *time.Location
}

// newCalendar reads one that was stored.
func newCalendar(eras []era) (calendar, error) {
	c := calendar{eras: eras}
	for i := range c.eras {
		var err error
		if c.eras[i].zone, err = time.LoadLocation(c.eras[i].Zone); err != nil {
			return c, fmt.Errorf("%s: the calendar's zone %q: %w", progressKey, c.eras[i].Zone, err)
		}
	}
	return c, nil
}

// change takes in the zone that the workspace has now. until is the end of the
// last day that is published; zero where none is.
func (c *calendar) change(zone *time.Location, until time.Time) {
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
	c.eras = append(c.eras, era{Zone: zone.String(), zone: zone})
}

// day is the one that holds a time, and its zone.
func (c *calendar) day(t time.Time) (plan.Day, *time.Location) { return c.dayOf(t, len(c.eras)-1) }

// dayOf is the day of a time before the end of an era.
func (c *calendar) dayOf(t time.Time, i int) (plan.Day, *time.Location) {
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

// on is the day of a date. One that the calendar leaves out is false.
func (c *calendar) on(date string) (plan.Day, bool) {
	for i, e := range c.eras {
		near, err := plan.DayOn(date, e.zone)
		if err != nil {
			return plan.Day{}, false
		}
		for _, t := range []time.Time{near.Start, near.End.Add(-time.Nanosecond)} {
			if day, _ := c.day(t); day.Date == date {
				return day, true
			}
		}
		if i == len(c.eras)-1 {
			break
		}
	}
	return plan.Day{}, false
}
