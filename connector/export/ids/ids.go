// Package ids is a set of ids that takes little memory: those of deleted
// conversations may be a million.
package ids

import "strconv"

// Set is a set of ids. Ids that are numbers, as nearly all of Intercom's are, take
// eight bytes each and what a map adds. The zero value is empty.
type Set struct {
	numbers map[uint64]struct{}
	texts   map[string]struct{}
}

func (s *Set) Add(id string) {
	if n, ok := number([]byte(id)); ok {
		if s.numbers == nil {
			s.numbers = map[uint64]struct{}{}
		}
		s.numbers[n] = struct{}{}
		return
	}
	if s.texts == nil {
		s.texts = map[string]struct{}{}
	}
	s.texts[id] = struct{}{}
}

func (s *Set) Has(id []byte) bool {
	if n, ok := number(id); ok {
		_, has := s.numbers[n]
		return has
	}
	_, has := s.texts[string(id)]
	return has
}

func (s *Set) Len() int { return len(s.numbers) + len(s.texts) }

// number is an id that is a number and written as one: no other text is the same.
func number(id []byte) (uint64, bool) {
	n, err := strconv.ParseUint(string(id), 10, 64)
	return n, err == nil && (id[0] != '0' || len(id) == 1)
}
