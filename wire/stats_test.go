package wire

import (
	"strings"
	"testing"
	"time"
)

// TestRepeatedHour: the time attribute takes the instant in the window, other
// columns the first.
func TestRepeatedHour(t *testing.T) {
	zone := location(t, "America/New_York")
	input := callsHeader + "1,2025-11-02 01:30:00,,,,2025-11-02 01:30:00\n"
	hour := func(h int) time.Time { return time.Date(2025, 11, 2, h, 0, 0, 0, time.UTC) }
	tests := []struct {
		w    Window
		want string
	}{
		{Window{hour(5), hour(6)}, "05"},
		{Window{hour(6), hour(7)}, "06"},
		{Window{hour(0), hour(23)}, "05"},
		{Window{hour(8), hour(9)}, "05"},
		{Window{}, "05"},
	}
	for _, test := range tests {
		records, stats, err := encodeAll(t, mustEncoder(t, calls(zone)), &cuts{data: []byte(input)}, test.w)
		if err != nil {
			t.Fatal(err)
		}
		got := render(records[0])
		if !strings.Contains(got, "initiated_at=t:2025-11-02T"+test.want+":30:00Z") || !strings.Contains(got, "ended_at=t:2025-11-02T05:30:00Z") {
			t.Errorf("%v: %s", test.w, got)
		}
		if want := "2025-11-02T" + test.want + ":30:00Z"; stats.FirstTime.Format(time.RFC3339) != want || stats.LastTime != stats.FirstTime {
			t.Errorf("%v: times from %v to %v, want %s", test.w, stats.FirstTime, stats.LastTime, want)
		}
	}
}

func TestOutside(t *testing.T) {
	w := Window{time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2025, 1, 2, 1, 0, 0, 0, time.UTC)}
	tests := []struct {
		name, times string
		outside     int64
		offset      time.Duration
	}{
		{"inside, ends and a second included", "2025-01-02 00:00:00 2025-01-02 01:00:00 2025-01-01 23:59:59 2025-01-02 01:00:01", 0, 0},
		{"two seconds off", "2025-01-01 23:59:58 2025-01-02 01:00:02 2025-01-02 00:30:00", 2, -15 * time.Minute},
		{"eight hours behind", "2025-01-01 16:00:01 2025-01-01 16:30:00 2025-01-01 17:00:00", 3, 8 * time.Hour},
		{"five and a half ahead", "2025-01-02 05:30:00 2025-01-02 06:00:00 2025-01-02 06:30:00", 3, -5*time.Hour - 30*time.Minute},
		{"fourteen ahead", "2025-01-02 14:00:00 2025-01-02 15:00:00", 2, -14 * time.Hour},
		{"most of them", "2025-01-02 02:10:00 2025-01-02 02:30:00 2024-01-01 00:00:00", 2 + 1, -90 * time.Minute},
		{"days off", "2025-01-05 00:00:00 2025-01-06 00:00:00", 2, 0},
		{"all over", "2025-01-02 03:00:00 2025-01-02 06:00:00 2025-01-02 09:00:00 2025-01-01 12:00:00", 4, 0},
	}
	for _, test := range tests {
		var input strings.Builder
		input.WriteString(callsHeader)
		parts := strings.Fields(test.times)
		for i := 0; i < len(parts); i += 2 {
			input.WriteString("1," + parts[i] + " " + parts[i+1] + ",,,,\n")
		}
		_, stats, err := encodeAll(t, mustEncoder(t, calls(nil)), &cuts{data: []byte(input.String())}, w)
		if err != nil || stats.Outside != test.outside || stats.OutsideOffset != test.offset {
			t.Errorf("%s: %d outside by %v, %v; want %d, %v", test.name, stats.Outside, stats.OutsideOffset, err, test.outside, test.offset)
		}
	}
}

// TestOutsideShifts: the reported offset brings rows inside, for every offset.
func TestOutsideShifts(t *testing.T) {
	w := Window{time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2025, 1, 2, 6, 0, 0, 0, time.UTC)}
	for quarter := -56; quarter <= 56; quarter++ {
		shift := time.Duration(quarter) * 15 * time.Minute
		s := newSpan(w)
		for at := w.Start; !at.After(w.End); at = at.Add(7 * time.Second) {
			s.add(at.Add(shift).Unix())
		}
		var stats Stats
		s.report(&stats)
		// A shift that is less than what is needed leaves some outside.
		if shift == 0 && stats.Outside != 0 || shift != 0 && stats.OutsideOffset != -shift {
			t.Errorf("rows shifted by %v: %d outside, offset %v", shift, stats.Outside, stats.OutsideOffset)
		}
	}
}
