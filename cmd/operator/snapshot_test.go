package main

import (
	"testing"
	"time"
)

// Each day is played once, also where an hour before or after midnight clocks
// changed since.
func TestSameHour(t *testing.T) {
	for _, zone := range []string{"UTC", "America/New_York", "Europe/Dublin", "Australia/Lord_Howe"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for hour := range 24 {
			last := time.Date(2026, 11, 26, hour, 30, 0, 0, time.UTC).In(location)
			today, _ := time.Parse(time.DateOnly, last.Format(time.DateOnly)) // in UTC, where each day has 24 hours
			for day, moment := range sameHour(last, 90) {
				want := today.Add(time.Duration(day-89) * 24 * time.Hour).Format(time.DateOnly)
				if got := moment.In(location).Format(time.DateOnly); got != want || day == 89 && !moment.Equal(last) {
					t.Errorf("%s, day %d: %s, want %s", zone, day, got, want)
				}
			}
		}
	}
}
