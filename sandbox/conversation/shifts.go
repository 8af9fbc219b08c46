package conversation

import "intercom-connector/sandbox/calendar"

// ScanShifts makes the periods of teammates' statuses: active, away at noon,
// active, gone; namesakes begin at the same second.
func (g *Generator) ScanShifts(s Selection, yield func(*Conversation, *Part) bool) {
	at := s.At.Unix()
	var c Conversation
	last := g.calendar.Index(min(s.To, at))
	for number := max(0, g.calendar.Index(s.From)-1); number <= last; number++ {
		for mate := range Teammates {
			draw := g.seed.At(uint64(number), 0x5f1+uint64(min(mate, firstOf(mate))))
			if draw.Chance(250) {
				continue
			}
			begin := g.calendar.Epoch + number*calendar.DaySeconds + 13*3600 + draw.Below(7200)
			for k := range int64(len(shiftHours)) {
				from := begin + shiftHours[k]*3600
				to := from + 8*3600
				if k+1 < int64(len(shiftHours)) {
					to = begin + shiftHours[k+1]*3600
				}
				if from > at || !s.Holds(from) {
					continue
				}
				p := Part{Time: from, Appears: from, K: k, Mate: uint8(mate), Kind: uint8(k), From: from, To: to}
				c.Seed = draw.At(uint64(k), 0)
				if !yield(&c, &p) {
					return
				}
			}
		}
	}
}

var shiftHours = []int64{0, 4, 5, 9} // hours after the shift's begin

// firstOf is the first teammate of the same display name.
func firstOf(mate int) int {
	if twin, ok := namesake(uint8(mate)); ok {
		return min(int(twin), mate)
	}
	return mate
}
