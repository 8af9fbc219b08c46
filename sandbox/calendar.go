package sandbox

import (
	"sort"
	"time"
)

// maxRowsPerDay keeps every day's ids apart: see idsPerDay.
const (
	maxRowsPerDay = 20_000_000
	idsPerDay     = 100_000_000
	firstID       = 215_400_000_000_000
	daySeconds    = 86_400
)

// calendar places conversations in time: how many a day holds, and when each
// one starts. More come on Mondays than on Sundays, more in the workspace's
// afternoon than at night.
type calendar struct {
	seed  random
	epoch int64 // Unix seconds
	rows  int   // conversations on a mean day
	zone  *time.Location
}

// Shares of a mean day and of a mean hour, in hundredths.
var (
	weekdayShape = [7]float64{50, 125, 120, 120, 115, 110, 60} // Sunday first; 700 in all
	hourShape    = [24]float64{
		20, 15, 12, 10, 12, 20, 40, 80, 150, 210, 230, 220,
		180, 200, 220, 215, 190, 150, 100, 80, 65, 55, 45, 30,
	}
)

// index says in which day since the epoch a moment lies.
func (c *calendar) index(unix int64) int64 { return floorDiv(unix-c.epoch, daySeconds) }

// workday is one day's plan.
type workday struct {
	number int64
	start  int64 // Unix seconds
	count  int64
	until  [25]float64 // share of the day's conversations that start before each hour
	seed   random
}

func (c *calendar) day(number int64) workday {
	d := workday{number: number, start: c.epoch + number*daySeconds, seed: c.seed.at(uint64(number), 0xca1)}
	begin := time.Unix(d.start, 0).In(c.zone)
	draw := d.seed
	mean := float64(c.rows) * weekdayShape[begin.Add(12*time.Hour).Weekday()] / 100
	d.count = int64(mean*(0.9+0.2*draw.unit()) + draw.unit())
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

// startOf returns when the i-th conversation of the day starts, in Unix
// seconds. It never falls as i grows, so that windows are found by bisection.
func (d *workday) startOf(i int64) int64 {
	draw := d.seed.at(uint64(i), 0x57a)
	share := (float64(i) + draw.unit()) / float64(d.count)
	hour := 0
	for hour < 23 && d.until[hour+1] <= share {
		hour++
	}
	within := (share - d.until[hour]) / (d.until[hour+1] - d.until[hour])
	return d.start + int64(hour)*3600 + min(int64(within*3600), 3599)
}

// first returns the first i that starts at or after a moment.
func (d *workday) first(unix int64) int64 {
	switch {
	case unix <= d.start:
		return 0
	case unix >= d.start+daySeconds:
		return d.count
	}
	return int64(sort.Search(int(d.count), func(i int) bool { return d.startOf(int64(i)) >= unix }))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
