package download

import "sync"

// block is what Next gives.
type block struct {
	data   []byte
	whole  []byte  // to be recycled after data; nil if more of it is to come
	err    error   // what ended the download
	begins *begins // a file, in place of data
	bug    any     // what the goroutine panicked with
}

// queue is what a download hands out, in order. One goroutine adds and one
// takes.
type queue struct {
	added  *sync.Cond // with the lock of all here
	blocks []block
	given  int // bytes of the block that is being filled, taken already
}

func newQueue() queue {
	return queue{added: sync.NewCond(new(sync.Mutex)), blocks: make([]block, 0, blocks+2)}
}

// add adds what is not CSV.
func (q *queue) add(b block) {
	q.added.L.Lock()
	defer q.added.L.Unlock()
	q.blocks = append(q.blocks, b)
	q.added.Signal()
}

// extend adds what was not added yet of a block of which data is filled so far.
// With whole, no more of it comes.
func (q *queue) extend(data, whole []byte) {
	q.added.L.Lock()
	defer q.added.L.Unlock()
	if last := len(q.blocks) - 1; last >= 0 && q.blocks[last].whole == nil && q.blocks[last].data != nil {
		q.blocks = q.blocks[:last] // not taken: it comes again, longer
	}
	if data = data[q.given:]; len(data) > 0 || whole != nil { // which is recycled, empty or not
		q.blocks = append(q.blocks, block{data: data, whole: whole})
		q.added.Signal()
	}
	if whole != nil {
		q.given = 0
	}
}

// take waits for the next block.
func (q *queue) take() block {
	q.added.L.Lock()
	defer q.added.L.Unlock()
	for len(q.blocks) == 0 {
		q.added.Wait()
	}
	b := q.blocks[0]
	q.blocks = append(q.blocks[:0], q.blocks[1:]...)
	if b.whole == nil {
		q.given += len(b.data)
	}
	return b
}

// ready reports that take would not wait.
func (q *queue) ready() bool {
	q.added.L.Lock()
	defer q.added.L.Unlock()
	return len(q.blocks) > 0
}
