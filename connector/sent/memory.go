package sent

import "encoding/json"

// Memory is what is remembered of all datasets, by their ids.
type Memory map[string]*Table

// MarshalJSON writes the tables of which anything is remembered.
func (m Memory) MarshalJSON() ([]byte, error) {
	some := map[string]*Table{}
	for dataset, t := range m {
		if len(t.spans) > 0 {
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

// Size is what a memory comes to.
type Size struct {
	Spans, Rows, Sums int64
	Bytes             int // as JSON, about
}

// Size is what the memory comes to.
func (m Memory) Size() (size Size) {
	for dataset, t := range m {
		size.Bytes += len(dataset) + len(t.Shape) + 40
		for _, s := range t.spans {
			size.Spans++
			size.Rows += s.rows
			size.Sums += int64(len(s.sums))
			size.Bytes += s.bytes()
		}
	}
	return size
}
