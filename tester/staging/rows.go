package staging

import (
	"math"
	"runtime/cgo"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// Class is how staged values are stored.
type Class uint8

const (
	Bool Class = iota
	Int
	Float
	Micros   // TIMESTAMP: microseconds since 1970
	MicrosTZ // TIMESTAMP WITH TIME ZONE: the same, as an instant
	Text
	Blob
)

var classes = [...]struct {
	typ   mapping.Type
	sql   string
	words int // of eight bytes that a value takes
}{
	Bool:     {mapping.TypeBoolean, "BOOLEAN", 1},
	Int:      {mapping.TypeBigInt, "BIGINT", 1},
	Float:    {mapping.TypeDouble, "DOUBLE", 1},
	Micros:   {mapping.TypeTimestamp, "TIMESTAMP", 1},
	MicrosTZ: {mapping.TypeTimestampTZ, "TIMESTAMP WITH TIME ZONE", 1},
	Text:     {mapping.TypeVarchar, "VARCHAR", 2},
	Blob:     {mapping.TypeBlob, "BLOB", 2},
}

// SQL is the type of such values in DuckDB.
func (c Class) SQL() string { return classes[c].sql }

// DuckDB takes so many rows at a time; small groups begin with fewer.
const (
	chunkRows  = 2048
	firstChunk = 64
)

// Rows are a group's rows until they land: by column, in the form of DuckDB's
// own vectors, so that a scan copies them as they are. A row is set value by value
// and ended by next; a value that is not set is null.
type Rows struct {
	columns []Column
	chunks  []*chunk
	last    *chunk // being filled; nil when the next row begins another
	rows    int64  // all that ever came
	size    int64  // bytes of memory in use
	text    arena
	handle  cgo.Handle // of itself, for scans
}

// chunk is up to 2,048 rows.
type chunk struct {
	first   int64 // the ordinal of its first row in the group
	rows    int
	space   int
	vectors []vector
}

// vector is one column of a chunk. One that has only nulls takes no memory.
type vector struct {
	words []uint64 // a value each, or of texts and blobs two
	valid []uint64 // a bit a row; nil as long as no value is null
}

// Column is a column of staged rows.
type Column struct {
	Name  string
	Class Class
}

func New(columns []Column) *Rows {
	s := &Rows{columns: columns}
	s.handle = cgo.NewHandle(s)
	return s
}

// Drop frees the rows. No scan may be under way.
func (s *Rows) Drop() {
	s.handle.Delete()
	s.Clear()
}

// Clear forgets the rows but not how many there were.
func (s *Rows) Clear() {
	s.text.pinner.Unpin()
	s.chunks, s.last, s.text, s.size = nil, nil, arena{}, 0
}

// Cut leaves the rows from an ordinal on out.
func (s *Rows) Cut(from int64) {
	for i := len(s.chunks) - 1; i >= 0; i-- {
		c := s.chunks[i]
		if c.first < from {
			c.rows = int(min(int64(c.rows), from-c.first))
			break
		}
		s.chunks = s.chunks[:i]
	}
}

// Len is how many rows there ever were, those that Clear forgot among them.
func (s *Rows) Len() int64 { return s.rows }

// Size is how many bytes of memory the rows in memory take.
func (s *Rows) Size() int64 { return s.size }

// Empty tells whether no rows are in memory.
func (s *Rows) Empty() bool { return len(s.chunks) == 0 }

// here is how many rows are in memory.
func (s *Rows) here() (rows int64) {
	if n := len(s.chunks); n > 0 {
		rows = s.chunks[n-1].first + int64(s.chunks[n-1].rows) - s.chunks[0].first
	}
	return rows
}

func (s *Rows) Begin() {
	if s.last != nil {
		return
	}
	c := &chunk{first: s.rows, space: int(min(max(s.rows, firstChunk), chunkRows)), vectors: make([]vector, len(s.columns))}
	s.chunks, s.last = append(s.chunks, c), c
}

func (s *Rows) Next() {
	s.rows++
	if s.last.rows++; s.last.rows == s.last.space {
		s.last = nil
	}
}

// vector is a column that gets a value in the present row.
func (s *Rows) vector(col int) *vector {
	c := s.last
	v := &c.vectors[col]
	if v.words == nil {
		v.words = make([]uint64, c.space*classes[s.columns[col].Class].words)
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

// SetNull leaves the column's value in the present row out.
func (s *Rows) SetNull(col int) {
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

func (s *Rows) SetBool(col int, b bool) {
	if v := s.vector(col); b {
		v.words[s.last.rows] = 1
	}
}

// SetInt sets an integer or the microseconds of a time.
func (s *Rows) SetInt(col int, i int64) { s.vector(col).words[s.last.rows] = uint64(i) }

func (s *Rows) SetFloat(col int, f float64) {
	s.vector(col).words[s.last.rows] = math.Float64bits(f)
}
