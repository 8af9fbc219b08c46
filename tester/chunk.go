package tester

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// class is how a staging column stores its values.
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
	typ mapping.Type
	sql string
}{
	classBool:     {mapping.TypeBoolean, "BOOLEAN"},
	classInt:      {mapping.TypeBigInt, "BIGINT"},
	classFloat:    {mapping.TypeDouble, "DOUBLE"},
	classMicros:   {mapping.TypeTimestamp, "TIMESTAMP"},
	classMicrosTZ: {mapping.TypeTimestampTZ, "TIMESTAMP WITH TIME ZONE"},
	classText:     {mapping.TypeVarchar, "VARCHAR"},
	classBlob:     {mapping.TypeBlob, "BLOB"},
}

// appender appends rows by column to one table, a chunk of 2,048 rows at a time.
//
// It is the only code here that uses unsafe: it writes into DuckDB's vectors
// directly, whose layout is part of DuckDB's C interface. duckdb-go's own
// Appender takes each value as an interface and crosses into C three times for
// each text; BenchmarkAppend holds the two against each other.
type appender struct {
	raw     mapping.Appender
	chunk   mapping.DataChunk
	types   []mapping.LogicalType
	vectors []vector
	row     int
	cap     int
	text    arena
}

// vector is one column of the chunk.
type vector struct {
	data  unsafe.Pointer
	valid []uint64 // one bit a row
}

// newAppender opens an appender for a table of the staging database.
func newAppender(conn mapping.Connection, table string, columns []class) (*appender, error) {
	a := &appender{cap: int(mapping.VectorSize()), vectors: make([]vector, len(columns))}
	if mapping.AppenderCreateExt(conn, stagingDatabase, "main", table, &a.raw) == mapping.StateError {
		err := a.err("opened")
		mapping.AppenderDestroy(&a.raw)
		return nil, err
	}
	for _, c := range columns {
		a.types = append(a.types, mapping.CreateLogicalType(classes[c].typ))
	}
	a.chunk = mapping.CreateDataChunk(a.types)
	a.rewind()
	return a, nil
}

func (a *appender) err(what string) error {
	data := mapping.AppenderErrorData(a.raw)
	defer mapping.DestroyErrorData(&data)
	return fmt.Errorf("a staging table could not be %s: %s", what, mapping.ErrorDataMessage(data))
}

// rewind makes the chunk empty and finds its vectors, which move when it is reset.
func (a *appender) rewind() {
	mapping.DataChunkReset(a.chunk)
	a.row = 0
	a.text.reset()
	for i := range a.vectors {
		v := mapping.DataChunkGetVector(a.chunk, mapping.IdxT(i))
		mapping.VectorEnsureValidityWritable(v)
		a.vectors[i] = vector{
			data:  mapping.VectorGetData(v),
			valid: unsafe.Slice((*uint64)(mapping.VectorGetValidity(v)), (a.cap+63)/64),
		}
	}
}

// setNull leaves the column's value in the present row out.
func (a *appender) setNull(col int) {
	a.vectors[col].valid[a.row/64] &^= 1 << (a.row % 64)
}

func (a *appender) setBool(col int, b bool) { *at[bool](a, col) = b }

// setInt sets an integer or the microseconds of a time.
func (a *appender) setInt(col int, i int64) { *at[int64](a, col) = i }

func (a *appender) setFloat(col int, f float64) { *at[float64](a, col) = f }

// duckString is DuckDB's string_t: up to 12 bytes lie in it, of longer ones the
// first four and a pointer.
type duckString struct {
	size   uint32
	prefix [4]byte
	rest   [8]byte
}

// setBytes copies b, so that the caller may reuse it.
func (a *appender) setBytes(col int, b []byte) {
	s := at[duckString](a, col)
	*s = duckString{size: uint32(len(b))}
	n := copy(s.prefix[:], b)
	if len(b) <= 12 {
		copy(s.rest[:], b[n:])
		return
	}
	// As a number, since the slot is C's memory and not for the collector.
	*(*uintptr)(unsafe.Pointer(&s.rest)) = uintptr(a.text.keep(b))
}

func at[T any](a *appender, col int) *T {
	var t T
	return (*T)(unsafe.Add(a.vectors[col].data, uintptr(a.row)*unsafe.Sizeof(t)))
}

// next ends the present row.
func (a *appender) next() error {
	if a.row++; a.row == a.cap {
		return a.flush()
	}
	return nil
}

// flush hands the chunk to DuckDB, which copies it.
func (a *appender) flush() error {
	if a.row == 0 {
		return nil
	}
	mapping.DataChunkSetSize(a.chunk, mapping.IdxT(a.row))
	if mapping.AppendDataChunk(a.raw, a.chunk) == mapping.StateError {
		return a.err("appended to")
	}
	a.rewind()
	return nil
}

// close appends what is left and frees everything.
func (a *appender) close() error {
	err := a.flush()
	if err == nil && mapping.AppenderFlush(a.raw) == mapping.StateError {
		err = a.err("appended to")
	}
	a.text.reset()
	mapping.DestroyDataChunk(&a.chunk)
	for i := range a.types {
		mapping.DestroyLogicalType(&a.types[i])
	}
	if mapping.AppenderDestroy(&a.raw) == mapping.StateError && err == nil {
		err = errors.New("a staging table could not be closed")
	}
	return err
}

// arena keeps the chunk's longer texts where DuckDB can read them: in blocks
// that are pinned until the chunk has been appended.
type arena struct {
	block  []byte   // the block being filled
	spare  [][]byte // full blocks of the ordinary size, to be used again
	full   [][]byte
	pinner runtime.Pinner
}

const arenaBlock = 256 << 10

// keep copies b and returns where it lies.
func (r *arena) keep(b []byte) unsafe.Pointer {
	if len(b) > cap(r.block)-len(r.block) {
		r.grow(len(b))
	}
	start := len(r.block)
	r.block = append(r.block, b...)
	return unsafe.Pointer(&r.block[start])
}

func (r *arena) grow(n int) {
	if r.block != nil {
		r.full = append(r.full, r.block)
	}
	switch last := len(r.spare) - 1; {
	case n > arenaBlock:
		r.block = make([]byte, 0, n)
	case last >= 0:
		r.block, r.spare = r.spare[last][:0], r.spare[:last]
	default:
		r.block = make([]byte, 0, arenaBlock)
	}
	r.pinner.Pin(unsafe.SliceData(r.block))
}

func (r *arena) reset() {
	r.pinner.Unpin()
	for _, b := range append(r.full, r.block) {
		if cap(b) == arenaBlock && len(r.spare) < 64 {
			r.spare = append(r.spare, b)
		}
	}
	r.block, r.full = nil, r.full[:0]
}
