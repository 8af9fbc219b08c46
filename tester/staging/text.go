package staging

import (
	"encoding/binary"
	"runtime"
	"unsafe"
)

// SetBytes copies b in the form of DuckDB's string_t: the length, then up to
// twelve bytes, or of a longer text the first four and where it lies.
func (s *Rows) SetBytes(col int, b []byte) {
	var form [16]byte
	binary.LittleEndian.PutUint32(form[:4], uint32(len(b)))
	n := copy(form[4:], b)
	if n < len(b) {
		binary.LittleEndian.PutUint64(form[8:], s.keep(b))
	}
	words := s.vector(col).words[2*s.last.rows:]
	words[0], words[1] = binary.LittleEndian.Uint64(form[:8]), binary.LittleEndian.Uint64(form[8:])
}

// keep copies a text to where DuckDB can read it.
func (s *Rows) keep(b []byte) (address uint64) {
	if len(b) > cap(s.text.block)-len(s.text.block) {
		s.size += s.text.grow(len(b))
	}
	start := len(s.text.block)
	s.text.block = append(s.text.block, b...)
	return uint64(uintptr(unsafe.Pointer(&s.text.block[start])))
}

// arena keeps longer texts in blocks that are pinned, since DuckDB gets their
// addresses.
type arena struct {
	block  []byte // the block being filled
	size   int
	pinner runtime.Pinner
}

const (
	firstBlock = 1 << 10
	lastBlock  = 256 << 10
)

// grow begins a block with room for n bytes.
func (r *arena) grow(n int) (bytes int64) {
	r.size = min(max(2*r.size, firstBlock), lastBlock)
	r.block = make([]byte, 0, max(n, r.size))
	r.pinner.Pin(unsafe.SliceData(r.block))
	return int64(cap(r.block))
}
