package connector

import "time"

// Windows grow and shrink with what a job takes and gives. Intercom documents
// neither the longest range nor the most rows of an export, so that the size
// is found by trying.
const (
	firstWidth = time.Hour
	leastWidth = time.Minute
	mostWidth  = maxWindow

	easyTime = time.Minute // below both, the next windows are twice as long
	easyRows = 200_000
	longTime = 5 * time.Minute // above either, they are half as long
	manyRows = 500_000

	// suspiciousRows: an export that ends at a round number may have been cut
	// there by a limit that nobody documents.
	suspiciousRows = 10_000
)

// widthAfter is the length of the next windows after a window of that length
// took that long and gave so many rows. Jobs are enqueued ahead, so that a
// result speaks of its own length, not of the present one.
func widthAfter(width, span, took time.Duration, rows int64) time.Duration {
	switch {
	case took < easyTime && rows < easyRows:
		return max(width, min(2*span, mostWidth))
	case took <= longTime && rows <= manyRows:
		return min(width, max(span, leastWidth))
	default:
		return max(min(width, span/2), leastWidth)
	}
}

// suspicious says whether a count of rows is too round to be believed.
func suspicious(rows int64) bool {
	return rows > 0 && rows%suspiciousRows == 0
}
