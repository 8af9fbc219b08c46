package plan

import "time"

// Jobs is how many windows the first run of so many datasets takes for a span of time
// each, while every job is quick: fixed is the length of the windows, or 0, and parallel
// how many jobs run at once, of all datasets together.
func Jobs(span, fixed time.Duration, parallel, datasets int) int {
	if datasets == 0 {
		return 0
	}
	launched := parallel + 1 // one is delivered while the others run
	return datasets * jobsOfOne(span, fixed, (launched+datasets-1)/datasets)
}

// jobsOfOne are those of one dataset, so many of which are launched before the first one
// tells how long the next ones may be.
func jobsOfOne(span, fixed time.Duration, parallel int) int {
	if fixed > 0 {
		return int((span + fixed - 1) / fixed)
	}
	width, jobs := firstWidth, 0
	var ahead []time.Duration
	for span > 0 {
		if len(ahead) == parallel {
			width = widthAfter(width, ahead[0], time.Second, 0)
			ahead = ahead[1:]
		}
		ahead = append(ahead, min(width, span))
		span -= width
		jobs++
	}
	return jobs
}

// Left is how much time is left to plan, and in about how many windows if they go on
// to double.
func (p *Plan) Left() (span time.Duration, jobs int) {
	if !p.apart {
		if n, from, to := joint(p.spans, p.jointWidth(), p.zone); n == len(p.spans) && n > 1 {
			return time.Duration(to-from) * time.Second, 1
		}
	}
	for _, s := range p.spans {
		left, width := time.Duration(s.To-s.From)*time.Second, p.width(s.Purpose)
		span += left
		for ; left > 0; left -= width {
			jobs++
			if jobs > 1 && p.fixed == 0 {
				width = min(2*width, mostWidth)
			}
		}
	}
	return span, jobs
}
