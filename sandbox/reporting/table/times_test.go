package table

import (
	"testing"
	"time"
)

// A date without midnight begins later.
func TestDatesAlone(t *testing.T) {
	santiago, err := time.LoadLocation("America/Santiago")
	if err != nil {
		t.Fatal(err)
	}
	r := &Render{Times: "times-date", True: true, Zone: santiago}
	for at, want := range map[string]string{
		"2026-09-05T12:00:00Z": "2026-09-05 00:00:00",
		"2026-09-06T04:00:00Z": "2026-09-06 01:00:00",
		"2026-09-07T03:30:00Z": "2026-09-07 00:00:00",
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(r.inDialect(nil, moment.Unix())); got != want {
			t.Errorf("%s is %q, want %q", at, got, want)
		}
	}
}
