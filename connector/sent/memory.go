package sent

import "encoding/json"

// Memory is what is remembered of all datasets, by their ids.
type Memory map[string]*Table

// MarshalJSON writes the tables of which anything is remembered.
func (m Memory) MarshalJSON() ([]byte, error) {
	some := map[string]*Table{}
	for dataset, t := range m {
		if len(t.spans) > 0 || len(t.held) > 0 {
			some[dataset] = t
		}
	}
	return json.Marshal(some)
}

// Table is a dataset's, made where there is none.
func (m Memory) Table(dataset string) *Table {
	if m[dataset] == nil {
		m[dataset] = &Table{}
	}
	return m[dataset]
}

// Forget forgets all of a dataset.
func (m Memory) Forget(dataset string) {
	if t := m[dataset]; t != nil {
		t.forget(minTime, maxTime)
		t.held = nil
	}
}

// Forgot says that the memory held more when it was kept last. Then it must be
// kept before another row is sent.
func (m Memory) Forgot() bool {
	for _, t := range m {
		if t.forgot {
			return true
		}
	}
	return false
}

// Kept says that the memory was kept as it is.
func (m Memory) Kept() {
	for _, t := range m {
		t.forgot = false
	}
}

// Withhold keeps nothing of spans that end after a time and that this sync has yet to
// read: as most of them will differ, each table would have to be kept before its
// first row otherwise. If the sync is cut off, their rows are sent again.
func (m Memory) Withhold(after int64) {
	for _, t := range m {
		for i := range t.spans {
			s := &t.spans[i]
			s.withheld = s.withheld || s.to > after && !s.fresh
		}
	}
}

// Release has everything kept again, and says whether something was not.
func (m Memory) Release() (withheld bool) {
	for _, t := range m {
		for i := range t.spans {
			withheld = withheld || t.spans[i].withheld
			t.spans[i].withheld = false
		}
	}
	return withheld
}

// Size is what a memory comes to.
type Size struct {
	Spans, Rows, Sums int64
	Keys              int64 // of rows
	Bytes             int   // as JSON, about
}

// Size is what the memory comes to.
func (m Memory) Size() (size Size) {
	for dataset, t := range m {
		size.Bytes += len(dataset) + len(t.Shape) + len(t.keyed) + 60
		for _, h := range t.held {
			size.Keys += int64(h.keys.Len())
			size.Bytes += h.keys.Bytes() + 32
		}
		for _, s := range t.spans {
			size.Spans++
			size.Rows += s.rows
			size.Sums += int64(len(s.sums))
			size.Bytes += s.bytes()
		}
	}
	return size
}
