package wire

// slot is what is made of one field of the CSV. What most rows need of its
// column is copied, so that it lies in one place.
type slot struct {
	prepared
	stops  uint64  // what ends the field, a comma or the row's newline, in each byte
	quick  bool    // the column's entry is prepared, and nothing else is made of it
	kind   Kind    // of the column
	plain  int     // so many fields from here on are, when empty, their blanks and nothing else
	blank  int     // where the column's blank begins in Encoder.blanks
	column *column // nil if no column wants the field
}

// stop is what ends the field.
func (s *slot) stop() byte { return byte(s.stops) }

// makeSlots sorts the columns by their fields.
func (e *Encoder) makeSlots() {
	e.slots = make([]slot, len(e.header)+1)
	for i := range e.cols {
		if c := &e.cols[i]; c.Field != Absent {
			e.slots[c.Field] = slot{prepared: c.prepared, quick: c.size > 0 && !c.counted, kind: c.Kind, column: c}
		}
	}
	for i := range e.header {
		s := &e.slots[i]
		if s.column != nil {
			e.blanks = append(e.blanks, s.column.blank...)
		}
		s.stops = commas
		e.slots[i+1].blank = len(e.blanks)
	}
	e.slots[len(e.header)-1].stops = newlines
	for i := len(e.header) - 2; i >= 0; i-- { // the last field ends at no comma
		if c := e.slots[i].column; c == nil || !c.Key {
			e.slots[i].plain = e.slots[i+1].plain + 1
		}
	}
}
