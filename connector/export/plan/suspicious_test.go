package plan

import "testing"

// Counts at which a limit may have cut an export, with its header or without.
func TestSuspicious(t *testing.T) {
	for rows, want := range map[int64]bool{
		0: false, 1: false, 1000: false, 9_998: false, 9_999: true, 10_000: true, 10_001: false, 50_000: true, 999_999: true,
		4096: false, 32_767: true, 32_768: true, 65_535: true, 65_536: true, 65_537: false, 1_048_575: true, 1_048_576: true,
	} {
		if got := Suspicious(rows); got != want {
			t.Errorf("%d rows: %v", rows, got)
		}
	}
}
