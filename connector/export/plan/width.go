package plan

import "time"

// Windows grow and shrink with what a job takes and gives. Intercom documents
// neither the longest range nor the most rows of an export, so that the size
// is found by trying.
const (
	firstWidth = time.Hour
	LeastWidth = time.Minute

	easyTime = time.Minute // below both, the next windows are twice as long
	easyRows = 200_000
	longTime = 5 * time.Minute // above either, they are half as long
	manyRows = 500_000

	// A job may take its time however short its window is, as where many wait.
	// Shorter windows would then fall behind the clock: none is made shorter than
	// so many times what its job took, and one that is grows, while a job is far
	// from the hour after which it is given up.
	pace     = 4
	growTime = 30 * time.Minute

	// After a failure so many windows stay as long as they are.
	leastPatience = 4
	mostPatience  = 256

	// An export that ends at a round number may have been cut there by a limit that
	// nobody documents: a multiple of the one, or a power of two from the other on.
	roundRows      = 10_000
	leastBinaryCut = 1 << 15
)

// widthAfter is the length of the next windows after a window of that length
// took that long and gave so many rows. Jobs are enqueued ahead, so that a
// result speaks of its own length, not of the present one.
func widthAfter(width, span, took time.Duration, rows int64) time.Duration {
	behind := span < pace*took && took < growTime
	half := span / 2
	if rows <= manyRows {
		half = max(half, pace*took)
	}
	switch {
	case rows < easyRows && (took < easyTime || behind):
		return max(width, min(2*span, mostWidth))
	case took <= longTime && rows <= manyRows:
		return min(width, max(span, LeastWidth))
	default:
		return max(min(width, half), LeastWidth)
	}
}

// Suspicious says whether a count of rows is too round to be believed, alone or with
// the header as a line.
func Suspicious(rows int64) bool { return rows > 0 && (round(rows) || round(rows+1)) }

func round(n int64) bool { return n%roundRows == 0 || n >= leastBinaryCut && n&(n-1) == 0 }

// width is the length of the next window. Re-reading begins with a day at
// least: the walk over the new rows has shown what Intercom bears.
func (p *Plan) width(purpose Purpose) time.Duration {
	backfill := purpose == NewRows || purpose == EarlierRows
	if p.fixed > 0 && backfill {
		return p.fixed
	}
	width := time.Duration(p.state.Width) * time.Second
	if width == 0 {
		width = firstWidth
	}
	if !backfill && !p.state.Cut {
		width = max(width, day)
	}
	return width
}

// jointWidth is the longest window over several spans. What was never cut may be
// two days longer than a window of its own: new rows and the last day are a day
// and a few hours. With windows of a fixed length, new rows that would take
// several are a backfill, and stay apart.
func (p *Plan) jointWidth() time.Duration {
	if p.fixed > 0 && len(p.spans) > 0 && time.Duration(p.spans[0].To-p.spans[0].From)*time.Second > p.fixed {
		return 0
	}
	width := p.width(LastDay)
	if !p.state.Cut {
		width += 2 * day
	}
	return min(width, mostJoint)
}

// Learn adapts the width after a window was read by a job that took that long.
func (p *Plan) Learn(w *Window, took time.Duration, rows int64) {
	width := p.width(w.Purpose())
	next := widthAfter(width, w.Span(), took, rows)
	if p.held > 0 {
		p.held--
		next = min(next, width)
	}
	if next < width {
		p.state.Cut = true
	} else if next > width {
		p.state.Cut = false
	}
	p.state.Width = int64(next.Seconds())
}

// Shorten makes the next windows no longer than half of one that failed. They do
// not grow again for a while, and for twice as long each time: a length that
// Intercom does not bear costs few failures, and a failure by chance few windows.
func (p *Plan) Shorten(w *Window) {
	p.patience = min(max(2*p.patience, leastPatience), mostPatience)
	p.held = p.patience
	half := max(w.Span()/2, LeastWidth)
	if half < p.width(w.Purpose()) {
		p.state.Width, p.state.Cut = int64(half.Seconds()), true
	}
}
