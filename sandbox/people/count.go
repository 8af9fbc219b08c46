package people

import (
	"sync"

	"intercom-connector/sandbox/directory"
)

// tally remembers counts that take a look at everybody. They hold for a day.
type tally struct {
	mu   sync.Mutex
	day  int64
	seen map[string]int
}

const tallyLimit = 1024

// of returns the count of a name on a day, counting only the first time.
func (t *tally) of(day int64, name string, count func() int) int {
	t.mu.Lock()
	if t.seen == nil || t.day != day || len(t.seen) > tallyLimit {
		t.day, t.seen = day, map[string]int{}
	}
	n, ok := t.seen[name]
	t.mu.Unlock()
	if ok {
		return n
	}
	n = count()
	t.mu.Lock()
	if t.day == day {
		t.seen[name] = n
	}
	t.mu.Unlock()
	return n
}

// tallyContacts counts the contacts that match on a day.
func (s *API) tallyContacts(day int64, name string, match func(directory.Subject) bool) int {
	return s.tallied.of(day, name, func() (n int) {
		of := &s.People.Contacts
		of.Each(0, day, func(k int64) bool {
			if match(of.Subject(k)) {
				n++
			}
			return true
		})
		return n
	})
}
