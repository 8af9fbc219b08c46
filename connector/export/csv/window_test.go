package csv

import (
	"strings"
	"testing"
	"time"
)

func TestOutside(t *testing.T) {
	w := Window{Start: time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC), End: time.Date(2025, 1, 2, 1, 0, 0, 0, time.UTC)}
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
		s := newSpan(w, time.UTC)
		parts := strings.Fields(test.times)
		for i := 0; i < len(parts); i += 2 {
			at, err := time.Parse(time.DateTime, parts[i]+" "+parts[i+1])
			if err != nil {
				t.Fatal(err)
			}
			addTo(&s, at.Unix())
		}
		var stats Stats
		s.report(&stats)
		if stats.Outside != test.outside || stats.OutsideOffset != test.offset {
			t.Errorf("%s: %d outside by %v; want %d, %v", test.name, stats.Outside, stats.OutsideOffset, test.outside, test.offset)
		}
	}
}

func addTo(s *span, second int64) {
	if !s.add(second) {
		s.addOutside(second)
	}
}

// TestOutsideShifts: the reported offset brings rows inside, for every offset.
func TestOutsideShifts(t *testing.T) {
	w := Window{Start: time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC), End: time.Date(2025, 1, 2, 6, 0, 0, 0, time.UTC)}
	for quarter := -56; quarter <= 56; quarter++ {
		shift := time.Duration(quarter) * 15 * time.Minute
		s := newSpan(w, time.UTC)
		for at := w.Start; !at.After(w.End); at = at.Add(7 * time.Second) {
			addTo(&s, at.Add(shift).Unix())
		}
		var stats Stats
		s.report(&stats)
		// A shift that is less than what is needed leaves some outside.
		if shift == 0 && stats.Outside != 0 || shift != 0 && stats.OutsideOffset != -shift {
			t.Errorf("rows shifted by %v: %d outside, offset %v", shift, stats.Outside, stats.OutsideOffset)
		}
	}
}
