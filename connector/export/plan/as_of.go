package plan

import "time"

// AsOf is how old what Intercom answers is: the smaller of our clock when it was
// asked and of Intercom's in its answer, to the second. Whichever runs ahead, no
// row is skipped. Intercom's is zero where the answer told none.
func AsOf(ours, theirs time.Time) time.Time {
	if !theirs.IsZero() && theirs.Before(ours) {
		return theirs.Truncate(time.Second)
	}
	return ours.Truncate(time.Second)
}
