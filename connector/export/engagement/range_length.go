package engagement

import (
	"context"
	"fmt"
	"time"

	"intercom-connector/connector/export/plan"
)

// leastRange is the shortest range that is asked for because Intercom does not bear
// longer ones: a few times as long as the lag.
const leastRange = 4 * int64(plan.Lag/time.Second)

// shorten makes ranges shorter than one that Intercom did not bear; false when that
// is too short already. As long as they hold the look-back and a day, nothing is
// lost by that.
func (s *State) shorten(r span, share float64, lookback int64) bool {
	length := r.to - r.from
	if length <= leastRange {
		return false
	}
	least := leastRange
	if length > lookback+day {
		least = lookback + day
	}
	s.Bears = max(least, int64(float64(length)*share))
	return true
}

// bore learns from a range that Intercom bore with so many rows, of the most that it
// exports: where there is room, longer ones are tried.
func (s *State) bore(r span, rows, most, lookback int64) {
	if s.Bears > 0 && rows < most/2 && r.to-r.from >= s.Bears*3/4 {
		s.Bears = s.Bears * 5 / 4
	}
	if s.Bears >= lookback+max(wide, lookback) {
		s.Bears = 0
	}
}

// warnOfReach tells once a run which engagement is lost since ranges cannot be as
// long as the look-back.
func (r *Run) warnOfReach(ctx context.Context, w span) error {
	s, lookback := r.config.State, r.lookback()
	reach := s.reach(lookback)
	if r.warned || reach >= lookback || w.purpose == newMessages {
		return nil
	}
	r.warned = true
	from, to := max(s.Floor, s.Told-lookback), r.now()-reach
	if w.purpose == earlierMessages {
		from, to = w.from, s.Floor
	}
	if from >= to {
		return nil
	}
	return r.warn(ctx, fmt.Sprintf("message engagement: Intercom does not take ranges of more than %v, since a job gives ten million rows at the most or failed: of messages sent from %s to %s, what happened later than %v after their sending cannot be told any more",
		days(s.most(lookback)), plan.Stamp(from), plan.Stamp(to), days(reach)))
}

// days is a length of time for people.
func days(seconds int64) string {
	if seconds < day {
		return (time.Duration(seconds) * time.Second).String()
	}
	return fmt.Sprintf("%.1f days", float64(seconds)/day)
}
