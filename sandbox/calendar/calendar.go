// Package calendar places conversations in time: how many a day holds, and
// when each of them starts.
package calendar

import (
	"sort"
	"time"

	"intercom-connector/sandbox/random"
)

// maxRowsPerDay keeps every day's ids apart: see idsPerDay.
const (
	MaxRowsPerDay = 20_000_000
	IdsPerDay     = 100_000_000
	FirstID       = 215_400_000_000_000
	DaySeconds    = 86_400
)

// Calendar places conversations in time: how many a day holds, and when each
// one starts. More come on Mondays than on Sundays, more in the workspace's
// afternoon than at night.
type Calendar struct {
	Seed  random.Source
	Epoch int64 // Unix seconds
	Rows  int   // conversations on a mean day
	Zone  *time.Location
}

// Shares of a mean day and of a mean hour, in hundredths.
var (
	weekdayShape = [7]float64{50, 125, 120, 120, 115, 110, 60} // Sunday first; 700 in all
	hourShape    = [24]float64{
		20, 15, 12, 10, 12, 20, 40, 80, 150, 210, 230, 220,
		180, 200, 220, 215, 190, 150, 100, 80, 65, 55, 45, 30,
	}
)

// Index says in which day since the epoch a moment lies.
func (c *Calendar) Index(unix int64) int64 { return FloorDiv(unix-c.Epoch, DaySeconds) }

// Workday is one day's plan.
type Workday struct {
	Number int64
	Start  int64 // Unix seconds
	Count  int64
	until  [25]float64 // share of the day's conversations that start before each hour
	Seed   random.Source
}

// Day is the plan of one day since the epoch.
func (c *Calendar) Day(number int64) Workday {
	d := Workday{Number: number, Start: c.Epoch + number*DaySeconds, Seed: c.Seed.At(uint64(number), 0xca1)}
	begin := time.Unix(d.Start, 0).In(c.Zone)
	draw := d.Seed
	mean := float64(c.Rows) * weekdayShape[begin.Add(12*time.Hour).Weekday()] / 100
	d.Count = int64(mean*(0.9+0.2*draw.Unit()) + draw.Unit())
	total := 0.0
	for h := range 24 {
		total += hourShape[begin.Add(time.Duration(h)*time.Hour).Hour()]
		d.until[h+1] = total
	}
	for h := range d.until {
		d.until[h] /= total
	}
	return d
}

// StartOf returns when the i-th conversation of the day starts, in Unix
// seconds. It never falls as i grows, so that windows are found by bisection.
func (d *Workday) StartOf(i int64) int64 {
	draw := d.Seed.At(uint64(i), 0x57a)
	share := (float64(i) + draw.Unit()) / float64(d.Count)
	hour := 0
	for hour < 23 && d.until[hour+1] <= share {
		hour++
	}
	within := (share - d.until[hour]) / (d.until[hour+1] - d.until[hour])
	return d.Start + int64(hour)*3600 + min(int64(within*3600), 3599)
}

// First returns the first i that starts at or after a moment.
func (d *Workday) First(unix int64) int64 {
	switch {
	case unix <= d.Start:
		return 0
	case unix >= d.Start+DaySeconds:
		return d.Count
	}
	return int64(sort.Search(int(d.Count), func(i int) bool { return d.StartOf(int64(i)) >= unix }))
}

// FloorDiv divides and rounds down, below 0 too.
func FloorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
