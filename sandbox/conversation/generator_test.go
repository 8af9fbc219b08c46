package conversation

import (
	"testing"
	"time"

	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/workspace"
)

var morning = time.Date(2026, 3, 11, 15, 0, 0, 0, time.UTC)

func newYork(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// Conversations change within thirty days, most of them within three; rows
// come up to twenty minutes late.
func TestConversationsChangeLate(t *testing.T) {
	g := New(workspace.Options{Epoch: morning, RowsPerDay: 2000}.WithDefaults(), newYork(t))
	var total, later, slow, late, closed, rated int
	for number := range int64(14) {
		d := g.calendar.Day(number)
		for i := range d.Count {
			var c Conversation
			g.converse(&c, &d, i, 0)
			last := max(c.visible, c.FinRatedAt, c.FirstReply, c.Closed, c.closedAgain, c.RatedAt, c.ReratedAt, c.Assigned[0], c.Assigned[1], c.Assigned[2], c.woken)
			if last > c.Started+lastChange {
				t.Fatalf("conversation %d changes %d s after its start", c.ID, last-c.Started)
			}
			if early := min(c.visible, nonZero(c.Closed), nonZero(c.FirstReply), nonZero(c.RatedAt)); early < c.Started {
				t.Fatalf("conversation %d has a past", c.ID)
			}
			total++
			later += one(last > c.Started+calendar.DaySeconds)
			slow += one(last > c.Started+shortLife)
			late += one(c.visible > c.Started+300)
			closed += one(c.Closed != 0)
			rated += one(c.RatedAt != 0)
			if c.visible > c.Started+1200 {
				t.Fatalf("conversation %d becomes visible %d s late", c.ID, c.visible-c.Started)
			}
		}
	}
	for what, share := range map[string]struct{ got, min, max int }{
		"change after a day":      {later, 15, 60},
		"change after three days": {slow, 3, 14},
		"come five minutes late":  {late, 2, 6},
		"are closed some day":     {closed, 90, 99},
		"are rated by a customer": {rated, 10, 40},
	} {
		if percent := 100 * share.got / total; percent < share.min || percent > share.max {
			t.Errorf("%d%% of conversations %s, want %d to %d", percent, what, share.min, share.max)
		}
	}
	if total < 25_000 || total > 31_000 {
		t.Errorf("%d conversations in 14 days of about 2000", total)
	}
}

// one is 1 if the condition holds.
func one(condition bool) int {
	if condition {
		return 1
	}
	return 0
}

func nonZero(t int64) int64 {
	if t == 0 {
		return 1 << 62
	}
	return t
}
