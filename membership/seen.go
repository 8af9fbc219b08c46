package membership

import "hash/maphash"

// seen is the set of ids that a list has shown. It keeps eight bytes of each,
// a hash that differs from process to process: among a million ids two meet
// by chance once in forty million walks.
type seen struct {
	seed maphash.Seed
	ids  map[uint64]struct{}
}

// newSeen is an empty set with room for that many.
func newSeen(room int) seen { return seen{maphash.MakeSeed(), make(map[uint64]struct{}, room)} }

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
