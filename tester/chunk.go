package tester

import (
	"encoding/binary"
	"math"
	"runtime"
	"runtime/cgo"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// class is how staged values are stored.
type class uint8

const (
	classBool class = iota
	classInt
	classFloat
	classMicros   // TIMESTAMP: microseconds since 1970
	classMicrosTZ // TIMESTAMP WITH TIME ZONE: the same, as an instant
	classText
	classBlob
)

var classes = [...]struct {
	typ   mapping.Type
	sql   string
	words int // of eight bytes that a value takes
}{
	classBool:     {mapping.TypeBoolean, "BOOLEAN", 1},
	classInt:      {mapping.TypeBigInt, "BIGINT", 1},
	classFloat:    {mapping.TypeDouble, "DOUBLE", 1},
	classMicros:   {mapping.TypeTimestamp, "TIMESTAMP", 1},
	classMicrosTZ: {mapping.TypeTimestampTZ, "TIMESTAMP WITH TIME ZONE", 1},
	classText:     {mapping.TypeVarchar, "VARCHAR", 2},
	classBlob:     {mapping.TypeBlob, "BLOB", 2},
}

// DuckDB takes so many rows at a time; small segments begin with fewer.
const (
	chunkRows  = 2048
	firstChunk = 64
)

// staged are a segment's rows until they land: by column, in the form of DuckDB's
// own vectors, so that a scan copies them as they are. A row is set value by value
// and ended by next; a value that is not set is null.
type staged struct {
	columns []stagedColumn
	chunks  []*chunk
	last    *chunk // being filled; nil when the next row begins another
	rows    int64  // all that ever came
	size    int64  // bytes of memory in use
	text    arena
	handle  cgo.Handle // of itself, for scans
}

// chunk is up to 2,048 rows.
type chunk struct {
	first   int64 // the ordinal of its first row in the segment
	rows    int
	space   int
	vectors []vector
}

// vector is one column of a chunk. One that has only nulls takes no memory.
type vector struct {
	words []uint64 // a value each, or of texts and blobs two
	valid []uint64 // a bit a row; nil as long as no value is null
}

func newStaged(columns []stagedColumn) *staged {
	s := &staged{columns: columns}
	s.handle = cgo.NewHandle(s)
	return s
}

// drop frees the rows. No scan may be under way.
func (s *staged) drop() {
	s.handle.Delete()
	s.clear()
}

// clear forgets the rows but not how many there were.
func (s *staged) clear() {
	s.text.pinner.Unpin()
	s.chunks, s.last, s.text, s.size = nil, nil, arena{}, 0
}

// cut leaves the rows from an ordinal on out.
func (s *staged) cut(from int64) {
	for i := len(s.chunks) - 1; i >= 0; i-- {
		c := s.chunks[i]
		if c.first < from {
			c.rows = int(min(int64(c.rows), from-c.first))
			break
		}
		s.chunks = s.chunks[:i]
	}
}

// here is how many rows are in memory.
func (s *staged) here() (rows int64) {
	if n := len(s.chunks); n > 0 {
		rows = s.chunks[n-1].first + int64(s.chunks[n-1].rows) - s.chunks[0].first
	}
	return rows
}

// begin makes room for a row.
func (s *staged) begin() {
	if s.last != nil {
		return
	}
	c := &chunk{first: s.rows, space: int(min(max(s.rows, firstChunk), chunkRows)), vectors: make([]vector, len(s.columns))}
	s.chunks, s.last = append(s.chunks, c), c
}

// next ends a row.
func (s *staged) next() {
	s.rows++
	if s.last.rows++; s.last.rows == s.last.space {
		s.last = nil
	}
}

// vector is a column that gets a value in the present row.
func (s *staged) vector(col int) *vector {
	c := s.last
	v := &c.vectors[col]
	if v.words == nil {
		v.words = make([]uint64, c.space*classes[s.columns[col].class].words)
		s.size += int64(8 * len(v.words))
		if c.rows > 0 {
			v.valid = make([]uint64, (c.space+63)/64) // the rows so far are null
		}
	}
	if v.valid != nil {
		v.valid[c.rows/64] |= 1 << (c.rows % 64)
	}
	return v
}

// setNull leaves the column's value in the present row out.
func (s *staged) setNull(col int) {
	c := s.last
	v := &c.vectors[col]
	if v.words == nil || v.valid != nil {
		return
	}
	v.valid = make([]uint64, (c.space+63)/64)
	for i := range c.rows / 64 {
		v.valid[i] = math.MaxUint64
	}
	v.valid[c.rows/64] = 1<<(c.rows%64) - 1
}

func (s *staged) setBool(col int, b bool) {
	if v := s.vector(col); b {
		v.words[s.last.rows] = 1
	}
}

// setInt sets an integer or the microseconds of a time.
func (s *staged) setInt(col int, i int64) { s.vector(col).words[s.last.rows] = uint64(i) }

func (s *staged) setFloat(col int, f float64) {
	s.vector(col).words[s.last.rows] = math.Float64bits(f)
}

// setBytes copies b in the form of DuckDB's string_t: the length, then up to
// twelve bytes, or of a longer text the first four and where it lies.
func (s *staged) setBytes(col int, b []byte) {
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
func (s *staged) keep(b []byte) (address uint64) {
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
