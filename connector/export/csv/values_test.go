package csv_test

import (
	"strings"
	"testing"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/csv/csvtest"
)

// TestEveryHour holds a year of each zone against the oracle, minutes around
// changes of offset included.
func TestEveryHour(t *testing.T) {
	for _, name := range []string{"America/Los_Angeles", "Europe/London", "Africa/Casablanca", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "Antarctica/Troll", "Asia/Tehran", "America/Santiago"} {
		zone := csvtest.Location(t, name)
		for _, year := range []int{2011, 2025} {
			start := time.Date(year, 1, 1, 0, 15, 0, 0, time.UTC)
			for local := start; local.Year() == year; local = local.Add(187 * time.Minute) {
				for _, form := range []string{"2006-01-02 15:04:05", "2006-01-02 3:04 PM", time.DateOnly} {
					text := local.Format(form)
					want, ok := csvtest.Time(text, zone, nil)
					if got := csv.ParseValue(csv.UTCDatetime, text, zone); !ok || got != want {
						t.Errorf("%s in %s: %v; want %v", text, name, got, want)
					}
				}
			}
		}
	}
}

func FuzzValues(f *testing.F) {
	for _, v := range csvtest.Values {
		f.Add(v, uint8(0))
	}
	zones := []*time.Location{time.UTC, csvtest.Location(f, "America/New_York"), csvtest.Location(f, "Pacific/Apia"), csvtest.Location(f, "Australia/Lord_Howe")}
	f.Fuzz(func(t *testing.T, text string, zone uint8) {
		for kind := csv.Long; kind <= csv.UTCDatetime; kind++ {
			in := zones[int(zone)%len(zones)]
			want, _ := csvtest.Value(kind, text, in, nil)
			bare := strings.TrimSpace(text)
			if got := csv.ParseValue(kind, bare, in); got != want && bare != "" && bare != "-" && bare != "—" {
				t.Fatalf("%q as %d: %v, the oracle has %v", text, kind, got, want)
			}
		}
	})
}
