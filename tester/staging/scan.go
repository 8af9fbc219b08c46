package staging

/*
// The forms that DuckDB's C interface gives the parts of a table function.
typedef void (*staged_part)(void *);
typedef void (*staged_filler)(void *, void *);

void stagedBind(void *);
void stagedInit(void *);
void stagedJoin(void *);
void stagedForget(void *);
void stagedFill(void *, void *);
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/cgo"
	"sort"
	"sync/atomic"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// OrderColumn is a staged row's ordinal in its group.
const OrderColumn = "_fivetran_order"

// register makes staged rows readable in SQL, as staged(handle): DuckDB's
// threads fetch them chunk by chunk, each once. duckdb-go's own table functions
// take each value as an interface.
func register(conn mapping.Connection) error {
	f := mapping.CreateTableFunction()
	defer mapping.DestroyTableFunction(&f)
	mapping.TableFunctionSetName(f, "staged")
	number := mapping.CreateLogicalType(mapping.TypeBigInt)
	defer mapping.DestroyLogicalType(&number)
	mapping.TableFunctionAddParameter(f, number)
	mapping.TableFunctionSupportsProjectionPushdown(f, true)
	mapping.TableFunctionSetBind(f, unsafe.Pointer(C.staged_part(C.stagedBind)))
	mapping.TableFunctionSetInit(f, unsafe.Pointer(C.staged_part(C.stagedInit)))
	mapping.TableFunctionSetLocalInit(f, unsafe.Pointer(C.staged_part(C.stagedJoin)))
	mapping.TableFunctionSetFunction(f, unsafe.Pointer(C.staged_filler(C.stagedFill)))
	if mapping.RegisterTableFunction(conn, f) == mapping.StateError {
		return errors.New("DuckDB refused a table function")
	}
	return nil
}

// SQL names the rows in a query.
func (s *Rows) SQL() string { return fmt.Sprintf("staged(%d)", s.handle) }

// scan is one reading of staged rows by several threads.
type scan struct {
	rows    *Rows
	chunks  []*chunk
	columns []int // that the query wants, in its order
	taken   atomic.Int64
}

// reach is what a thread reads in one go: as many rows as DuckDB compresses at a
// time, so that threads do not each leave a group half full.
const reach = 122_880

// worker is one thread's part of a scan: the chunks that begin before end.
type worker struct {
	end int64
	at  int // the next chunk
}

// held is a Go value to which DuckDB keeps a pointer: a pinned handle's.
type held struct {
	value  any
	handle *cgo.Handle
	pinner runtime.Pinner
}

func hold(value any) (ptr, forget unsafe.Pointer) {
	h := &held{value: value, handle: new(cgo.Handle)}
	*h.handle = cgo.NewHandle(h)
	h.pinner.Pin(h.handle)
	return unsafe.Pointer(h.handle), unsafe.Pointer(C.staged_part(C.stagedForget))
}

func get[T any](ptr unsafe.Pointer) T {
	return (*cgo.Handle)(ptr).Value().(*held).value.(T)
}

//export stagedForget
func stagedForget(ptr unsafe.Pointer) {
	h := (*cgo.Handle)(ptr).Value().(*held)
	h.handle.Delete()
	h.pinner.Unpin()
}

//export stagedBind
func stagedBind(ptr unsafe.Pointer) {
	info := mapping.BindInfo{Ptr: ptr}
	number := mapping.BindGetParameter(info, 0)
	defer mapping.DestroyValue(&number)
	s := cgo.Handle(mapping.GetInt64(number)).Value().(*Rows)
	add := func(name string, typ mapping.Type) {
		t := mapping.CreateLogicalType(typ)
		mapping.BindAddResultColumn(info, name, t)
		mapping.DestroyLogicalType(&t)
	}
	for _, c := range s.columns {
		add(c.Name, classes[c.Class].typ)
	}
	add(OrderColumn, mapping.TypeBigInt)
	mapping.BindSetCardinality(info, mapping.IdxT(s.here()), true)
	data, forget := hold(s)
	mapping.BindSetBindData(info, data, forget)
}

//export stagedInit
func stagedInit(ptr unsafe.Pointer) {
	info := mapping.InitInfo{Ptr: ptr}
	s := get[*Rows](mapping.InitGetBindData(info))
	r := &scan{rows: s, chunks: s.chunks}
	for i := range mapping.InitGetColumnCount(info) {
		r.columns = append(r.columns, int(mapping.InitGetColumnIndex(info, i)))
	}
	if len(s.chunks) > 0 {
		r.taken.Store(s.chunks[0].first)
	}
	data, forget := hold(r)
	mapping.InitSetInitData(info, data, forget)
	mapping.InitSetMaxThreads(info, mapping.IdxT(s.here()/reach+1))
}

//export stagedJoin
func stagedJoin(ptr unsafe.Pointer) {
	data, forget := hold(&worker{})
	mapping.InitSetInitData(mapping.InitInfo{Ptr: ptr}, data, forget)
}

//export stagedFill
func stagedFill(ptr, output unsafe.Pointer) {
	info, out := mapping.FunctionInfo{Ptr: ptr}, mapping.DataChunk{Ptr: output}
	r := get[*scan](mapping.FunctionGetInitData(info))
	c := get[*worker](mapping.FunctionGetLocalInitData(info)).next(r)
	if c == nil {
		mapping.DataChunkSetSize(out, 0)
		return
	}
	for at, col := range r.columns {
		to := mapping.DataChunkGetVector(out, mapping.IdxT(at))
		switch columns := r.rows.columns; {
		case col < 0 || col > len(columns): // DuckDB asks for no column at all
		case col == len(columns):
			order := c.order()
			order.copy(to, Int, c.rows)
		default:
			c.vectors[col].copy(to, columns[col].Class, c.rows)
		}
	}
	mapping.DataChunkSetSize(out, mapping.IdxT(c.rows))
}

// Next is the chunk that the thread reads next; nil when all are taken.
func (w *worker) next(r *scan) *chunk {
	for {
		if w.at < len(r.chunks) && r.chunks[w.at].first < w.end {
			w.at++
			return r.chunks[w.at-1]
		}
		w.end = r.taken.Add(reach)
		w.at = sort.Search(len(r.chunks), func(i int) bool { return r.chunks[i].first >= w.end-reach })
		if w.at == len(r.chunks) {
			return nil
		}
	}
}

// copy writes the first rows of the vector into one of DuckDB's, whose layout is
// part of its C interface. It is the only code that writes C's memory; what
// that brings is the distance between BenchmarkLand and BenchmarkAppend's Appender.
func (v *vector) copy(to mapping.Vector, kind Class, rows int) {
	if v.words == nil || v.valid != nil {
		mapping.VectorEnsureValidityWritable(to)
		valid := unsafe.Slice((*uint64)(mapping.VectorGetValidity(to)), (rows+63)/64)
		clear(valid)
		copy(valid, v.valid)
	}
	if v.words == nil {
		return
	}
	data := mapping.VectorGetData(to)
	if kind == Bool {
		flags := unsafe.Slice((*bool)(data), rows)
		for i := range flags {
			flags[i] = v.words[i] != 0
		}
		return
	}
	n := rows * classes[kind].words
	copy(unsafe.Slice((*uint64)(data), n), v.words[:n])
}

// order is the column of the rows' ordinals.
func (c *chunk) order() vector {
	v := vector{words: make([]uint64, c.rows)}
	for i := range v.words {
		v.words[i] = uint64(c.first) + uint64(i)
	}
	return v
}
