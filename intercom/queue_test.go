package intercom

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
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
		{"an end after nothing", func(q *queue) { q.extend(room[:0], room); q.add(block{err: fault}) }, []string{"fault"}},
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

// TestDownloadInPieces: however the network and the caller take turns, every
// byte comes once, and what the caller writes to or appends to a block reaches
// no other.
func TestDownloadInPieces(t *testing.T) {
	body := make([]byte, (blocks+1)*blockSize+12345)
	letters := rand.New(rand.NewPCG(1, 1))
	for i := range body {
		body[i] = "0123456789,\n"[letters.IntN(12)]
	}
	for name, packed := range map[string]string{"plain": string(body), "gzip": gz(string(body))} {
		for _, test := range []struct{ piece, server, reader int }{ // longest, in bytes and in milliseconds
			{400, 0, 0},
			{50_000, 3, 0},
			{5_000, 0, 3},
			{5_000, 3, 3},
			{500_000, 9, 3},
		} {
			t.Run(fmt.Sprint(name, test), func(t *testing.T) {
				inBubble(t, func(w http.ResponseWriter, _ *http.Request) {
					r := rand.New(rand.NewPCG(2, 2))
					for rest := packed; rest != ""; {
						n := min(1+r.IntN(test.piece), len(rest))
						io.WriteString(w, rest[:n])
						w.(http.Flusher).Flush()
						rest = rest[n:]
						<-time.After(time.Duration(r.IntN(test.server+1)) * time.Millisecond)
					}
				}, func(t *testing.T, c *Client) {
					r := rand.New(rand.NewPCG(3, 3))
					d, err := c.Download(t.Context(), doneJob)
					if err != nil {
						t.Fatal(err)
					}
					defer d.Close()
					var got []byte
					for {
						if r.IntN(4) == 0 {
							synctest.Wait() // all that can come has come
						}
						ready := d.Ready()
						start := time.Now()
						b, err := d.Next()
						if ready && time.Since(start) != 0 {
							t.Fatalf("Next took %v although Ready", time.Since(start))
						}
						if err == io.EOF {
							break
						}
						if err != nil || len(b) == 0 {
							t.Fatalf("%d bytes, %v", len(b), err)
						}
						got = append(got, b...)
						clear(append(b, '#'))
						clear(b)
						<-time.After(time.Duration(r.IntN(test.reader+1)) * time.Millisecond)
					}
					if !bytes.Equal(got, body) {
						t.Errorf("%d bytes that differ from the %d that were sent", len(got), len(body))
					}
				})
			})
		}
	}
}
