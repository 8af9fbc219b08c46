package membership

import "hash/maphash"

// seen is the set of ids that a list has shown. It keeps eight bytes of each,
// a hash that differs from process to process: among a million ids two meet
// by chance once in forty million walks.
type seen struct {
	seed maphash.Seed
	ids  map[uint64]struct{}
}

func newSeen() seen { return seen{maphash.MakeSeed(), map[uint64]struct{}{}} }

// add reports whether the id is new.
func (s seen) add(id string) bool {
	h := maphash.String(s.seed, id)
	if _, known := s.ids[h]; known {
		return false
	}
	s.ids[h] = struct{}{}
	return true
}

func (s seen) len() int { return len(s.ids) }
