package plan

import "time"

// Where clocks are set back, an hour of local times stands for two instants
// each, and Intercom writes times without a zone. Windows therefore end a
// second before such a moment and begin again a second after it, with a window
// of two seconds between them: no window holds both instants of one local time,
// so that a row has the same time however often it is read.

// nextCut is the first end that a window beginning at that moment must not
// pass; the zero time when the zone sets no clock back before limit.
func nextCut(start, limit time.Time, zone *time.Location) time.Time {
	for at := start.Add(-time.Second); ; {
		_, transition := at.In(zone).ZoneBounds()
		if transition.IsZero() || transition.After(limit.Add(time.Second)) {
			return time.Time{}
		}
		if setBack(transition, zone) {
			for _, cut := range []time.Time{transition.Add(-time.Second), transition.Add(time.Second)} {
				if cut.After(start) && cut.Before(limit) {
					return cut
				}
			}
		}
		at = transition
	}
}

func setBack(transition time.Time, zone *time.Location) bool {
	_, before := transition.Add(-time.Second).In(zone).Zone()
	_, after := transition.In(zone).Zone()
	return after < before
}
