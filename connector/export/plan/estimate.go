package plan

import "time"

// Jobs is how many windows a first run takes for a span of time, while every job
// is quick: fixed is the length of its windows, or 0, and parallel how many run
// ahead.
func Jobs(span, fixed time.Duration, parallel int) int {
	if fixed > 0 {
		return int((span + fixed - 1) / fixed)
	}
	width, jobs := FirstWidth, 0
	var ahead []time.Duration
	for span > 0 {
		if len(ahead) == parallel {
			width = WidthAfter(width, ahead[0], time.Second, 0)
			ahead = ahead[1:]
		}
		ahead = append(ahead, min(width, span))
		span -= width
		jobs++
	}
	return jobs
}
