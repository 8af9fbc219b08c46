package probe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/plan"
)

// zone tells how times are written, and in which zone; nil where no time is known.
func (p *prober) zone(day *span, form string) *time.Location {
	switch {
	case form == "":
		p.found(Unknown, "times", "", "none was seen")
		return nil
	case strings.Contains(form, " or "):
		p.found(Fine, "times", "", "in several forms: %s", form)
	case !strings.ContainsAny(form, ":") && !saysZone(form):
		p.found(Refused, "times", "the connector cannot place such rows in a window; a lake reads whole days", "dates alone: %s", form)
		return nil
	}
	if len(day.times) == 0 { // the rows were not read
		p.found(Fine, "times", "", "%s", form)
		return nil
	}
	if saysZone(form) {
		p.found(Fine, "times", "", "%s: they say their zone", form)
		if !fits(time.UTC, *day) {
			p.found(Refused, "zone", "a sync refuses rows outside their window", "rows lie outside the range that was asked for")
			return nil
		}
		return time.UTC
	}
	p.found(Fine, "times", "", "%s, without a zone", form)
	return p.fittingZone(*day)
}

// zones are those that are likely.
func (p *prober) zones() []*time.Location {
	me, err := time.LoadLocation(p.w.Me.Timezone)
	if err != nil {
		me = nil
	}
	return []*time.Location{p.w.Zone, me, time.UTC}
}

// fittingZone says which zone puts all rows in their ranges.
func (p *prober) fittingZone(spans ...span) *time.Location {
	names, offsets := fitting(spans, p.zones()...)
	switch {
	case len(names) == 1 && names[0] == p.w.Zone.String():
		p.found(Fine, "zone", "", "%s fits", names[0])
		return p.w.Zone
	case len(names) > 1 && names[0] == p.w.Zone.String():
		p.found(Fine, "zone", "", "%s fits; so does %s", names[0], strings.Join(names[1:], " and "))
		return p.w.Zone
	case len(names) > 0:
		p.set(configuration.KeyTimezone, Refused, "zone", fmt.Sprintf("write %q: a sync refuses rows outside their window", names[0]),
			"times are of %s, not of %s", names[0], p.w.Zone)
	case len(offsets) > 0:
		p.set(configuration.KeyTimezone, Refused, "zone", "write a zone of that offset: a sync refuses rows outside their window",
			"times are not of %s; %s fits", p.w.Zone, offsetsOf(offsets))
		return time.FixedZone("", int(offsets[0].Seconds()))
	default:
		p.found(Refused, "zone", "a sync refuses rows outside their window", "no zone puts all rows in the range that was asked for")
		return nil
	}
	for _, zone := range p.zones() {
		if zone != nil && zone.String() == names[0] {
			return zone
		}
	}
	return nil
}

func offsetsOf(offsets []time.Duration) string {
	if len(offsets) == 1 {
		return ahead(offsets[0])
	}
	return fmt.Sprintf("%s to %s", ahead(offsets[0]), ahead(offsets[len(offsets)-1]))
}

// delay tells how old the newest row is.
func (p *prober) delay(day result, zone *time.Location) {
	newest := instant(slices.Max(day.asked.times), zone)
	old := day.served.Sub(time.Unix(newest, 0)).Round(time.Minute)
	switch {
	case old <= plan.Lag:
		p.found(Fine, "newest row", "", "%d minutes old", int(old.Minutes()))
	case p.w.Settings.LookbackDays > 0:
		p.found(Fine, "newest row", "rows that appear later than after an hour come when the last day is read again", "%.1f hours old", old.Hours())
	default:
		p.set(configuration.KeyLookback, Warned, "newest row", "with lookback_days 0, rows that appear later than after an hour are missed", "%.1f hours old", old.Hours())
	}
}

// ends tells whether a range's ends belong to it. The inner range begins and ends
// at the times of rows of the day.
func (p *prober) ends(day, inner result, zone *time.Location, form string) {
	if !saysZone(form) && len(inner.asked.times) > 0 && !fits(zone, inner.asked) {
		p.report.Findings = slices.DeleteFunc(p.report.Findings, func(f Finding) bool { return f.About == "zone" })
		p.fittingZone(day.asked, inner.asked)
		p.found(Unknown, "ends of a range", "probe again with the zone that fits", "the zone is another")
		return
	}
	if !saysSeconds(form) {
		p.found(Unknown, "ends of a range", "", "times have no seconds")
		return
	}
	from, to := inner.asked.from.Unix(), inner.asked.to.Unix()
	counts := func(r result, second int64) (n int) {
		for _, wall := range r.asked.times {
			if instant(wall, zone) == second {
				n++
			}
		}
		return n
	}
	between := func(r result) (n int) {
		for _, wall := range r.asked.times {
			if at := instant(wall, zone); at > from && at < to {
				n++
			}
		}
		return n
	}
	word := func(second int64) string {
		switch {
		case counts(day, second) == 0:
			return "is not known"
		case counts(inner, second) == 0:
			return "is left out"
		}
		return "is included"
	}
	p.found(Fine, "ends of a range", "", "the start %s, the end %s", word(from), word(to))
	if missing := between(day) - between(inner); missing > 0 {
		p.found(Refused, "same rows again", "exports of the same time do not give the same rows", "%d of %d rows did not come again", missing, between(day))
	}
}
