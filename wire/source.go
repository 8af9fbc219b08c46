package wire

import "io"

// Source gives the bytes of a CSV, block by block.
//
// A source may also have a method Ready() bool, which reports whether Next
// would return at once. Where it says no, the encoder sends what it has before
// it waits. From a source without it, a batch waits until it is full.
type Source interface {
	// Next gives the next block. It is valid until the next call. At the end
	// the error is io.EOF; a block that comes with an error counts.
	Next() ([]byte, error)
}

// blockSize is how much FromReader asks for at a time.
const blockSize = 256 << 10

// FromReader makes a source of a reader.
func FromReader(r io.Reader) Source {
	return &reader{from: r, block: make([]byte, blockSize)}
}

type reader struct {
	from  io.Reader
	block []byte
}

func (r *reader) Next() ([]byte, error) {
	n, err := r.from.Read(r.block)
	return r.block[:n], err
}
