package download

import (
	"errors"
	"fmt"
	"testing"
)

// TestQueue: of a block that is being filled, what was not taken comes once,
// and the block comes back with its last part.
func TestQueue(t *testing.T) {
	room := []byte("0123456789")
	other := []byte("abcdefghij")
	fault := errors.New("fault")
	tests := []struct {
		name string
		do   func(*queue)
		want []string // what is taken at the end; a * is a block to be recycled
	}{
		{"a whole block", func(q *queue) { q.extend(room, room) }, []string{"0123456789*"}},
		{"a part that is not taken", func(q *queue) { q.extend(room[:4], nil); q.extend(room, room) }, []string{"0123456789*"}},
		{"a part that is taken", func(q *queue) { q.extend(room[:4], nil); q.take(); q.extend(room, room) }, []string{"456789*"}},
		{"parts, one taken", func(q *queue) {
			q.extend(room[:4], nil)
			q.take()
			q.extend(room[:5], nil)
			q.extend(room[:7], nil)
		}, []string{"456"}},
		{"parts, all taken", func(q *queue) {
			for i := range 9 {
				q.extend(room[:i+1], nil)
				q.take()
			}
			q.extend(room, room)
		}, []string{"9*"}},
		{"no more than before", func(q *queue) { q.extend(room[:4], nil); q.take(); q.extend(room[:4], nil) }, nil},
		{"a part of the next block", func(q *queue) {
			q.extend(room[:4], nil)
			q.take()
			q.extend(room, room)
			q.extend(other[:3], nil)
		}, []string{"456789*", "abc"}},
		{"the next block, after the first was taken", func(q *queue) {
			q.extend(room[:4], nil)
			q.extend(room, room)
			q.take()
			q.extend(other[:3], nil)
			q.take()
			q.extend(other, other)
		}, []string{"defghij*"}},
		{"an end after a part", func(q *queue) { q.extend(room[:4], nil); q.add(block{err: fault}) }, []string{"0123", "fault"}},
		{"an end after nothing", func(q *queue) { q.extend(room[:0], room); q.add(block{err: fault}) }, []string{"*", "fault"}},
	}
	for _, test := range tests {
		q := newQueue()
		test.do(&q)
		var got []string
		for q.ready() {
			b := q.take()
			s := string(b.data)
			if b.whole != nil {
				s += "*"
			}
			if b.err != nil {
				s += b.err.Error()
			}
			got = append(got, s)
		}
		if fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
