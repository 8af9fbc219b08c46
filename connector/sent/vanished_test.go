package sent

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"intercom-connector/connector/deflate"
)

// readKeyed reads a window with the keys of its rows.
func readKeyed(t *Table, w Window, rows ...int64) (vanished []string) {
	w.Keys = max(w.Keys, 100)
	t.Keyed("key")
	r := t.Compare(w)
	for again := true; again; again = r.Finish(false) {
		for _, at := range rows {
			r.Key(at, func() []byte { return fmt.Appendf(nil, "key %d", at) })
			r.Row(at, uint64(at), uint64(at))
		}
	}
	vanished = r.FindVanished()
	r.End()
	return vanished
}

// A row is deleted when two readings half a day apart are without it: not after one
// bad night, and not while it comes and goes.
func TestVanished(t *testing.T) {
	const hour = day / 24
	for name, readings := range map[string][]struct {
		hours int64
		rows  []int64
		want  string
	}{
		"a row":             {{0, []int64{10, 20}, ""}, {24, []int64{20}, ""}, {48, []int64{20}, "key 10"}, {72, []int64{20}, ""}},
		"all rows":          {{0, []int64{10, 20}, ""}, {24, nil, ""}, {48, nil, "key 10 key 20"}},
		"a bad night":       {{0, []int64{10, 20}, ""}, {24, nil, ""}, {48, []int64{10, 20}, ""}, {72, nil, ""}, {73, nil, ""}},
		"readings in a row": {{0, []int64{10}, ""}, {1, nil, ""}, {2, nil, ""}, {12, nil, ""}, {13, nil, "key 10"}},
		"a worse night":     {{0, []int64{10, 20, 30}, ""}, {24, []int64{20, 30}, ""}, {48, nil, "key 10"}, {72, []int64{20, 30}, ""}},
	} {
		table := &Table{}
		for i, r := range readings {
			got := strings.Join(readKeyed(table, Window{From: 0, To: day, Now: 10*day + r.hours*hour}, r.rows...), " ")
			if got != r.want {
				t.Errorf("%s: reading %d deletes %q, want %q", name, i+1, got, r.want)
			}
		}
	}
}

// What a window does not hold is not deleted, nor what has moved, nor what
// was written with another key, nor anything where the keys do not fit.
func TestNotVanished(t *testing.T) {
	at := func(n int64) int64 { return 10*day + n*day }
	begun := func() *Table {
		table := &Table{}
		readKeyed(table, Window{From: 0, To: 2 * day, Now: at(0)}, 10, day+10, day+20)
		return table
	}
	for name, deletes := range map[string]func() []string{
		"the rest of the day": func() []string {
			table := begun()
			readKeyed(table, Window{From: 20, To: 2 * day, Now: at(1)}, day+10, day+20)
			return readKeyed(table, Window{From: 20, To: 2 * day, Now: at(2)}, day+10, day+20)
		},
		"a clock that was set back": func() []string {
			table := begun()
			readKeyed(table, Window{From: 0, To: 2 * day, Now: at(4)}, day+10, day+20)
			readKeyed(table, Window{From: 0, To: 2 * day, Now: at(1)}, day+10, day+20)
			return readKeyed(table, Window{From: 0, To: 2 * day, Now: at(1) + 3600}, day+10, day+20)
		},
		"many, all at once": func() []string {
			table, rows := &Table{}, make([]int64, 200)
			for i := range rows {
				rows[i] = int64(i)
			}
			w := func(n int64) Window { return Window{From: 0, To: day, Now: at(n), Keys: 1000} }
			readKeyed(table, w(0), rows...)
			for n := range int64(7) {
				if gone := readKeyed(table, w(n+1)); len(gone) > 0 {
					return gone
				}
			}
			readKeyed(table, w(8), rows[1:]...)
			if gone := readKeyed(table, w(9), rows[1:]...); strings.Join(gone, " ") != "key 0" {
				return append(gone, "and not key 0")
			}
			return nil
		},
		"the only row of a night, beside many": func() []string { // what lies beside it counts for nothing
			table, rows := &Table{}, []int64{5}
			for i := range int64(200) {
				rows = append(rows, 1000+i)
			}
			readKeyed(table, Window{From: 0, To: day, Now: at(0), Keys: 1000}, rows...)
			night := Window{From: 0, To: 1000}
			night.Now = at(1)
			gone := readKeyed(table, night)
			night.Now = at(2)
			if deleted := readKeyed(table, night); strings.Join(deleted, " ") != "key 5" {
				return append(deleted, "and not key 5")
			}
			return gone
		},
		"another key": func() []string {
			table := begun()
			readKeyed(table, Window{From: 0, To: 2 * day, Now: at(1)}, 10)
			table.Keyed("other")
			return readKeyed(table, Window{From: 0, To: 2 * day, Now: at(2)}, 10)
		},
		"too many keys in a window": func() []string {
			table := begun()
			w := Window{From: 0, To: 2 * day, Now: at(1)}
			if got := (Memory{"call": table}).FitKeys(1 << 20); fmt.Sprint(got) != "[]" {
				t.Errorf("%v do not fit", got)
			}
			w.Keys = 2
			r := table.Compare(w)
			for n := range int64(3) {
				r.Key(n, func() []byte { return fmt.Append(nil, n) })
			}
			r.Finish(false)
			gone := r.FindVanished()
			r.End()
			if got := (Memory{"call": table}).FitKeys(1 << 20); fmt.Sprint(got) != "[call]" || len(table.held) > 0 {
				t.Errorf("%v do not fit", got)
			}
			return gone
		},
		"too many bytes": func() []string {
			table := begun()
			readKeyed(table, Window{From: 0, To: 2 * day, Now: at(1)}, 10)
			m := Memory{"call": table}
			if got := m.FitKeys(m.Size().Bytes); len(got) > 0 {
				t.Errorf("%v do not fit", got)
			}
			if got := m.FitKeys(10); fmt.Sprint(got) != "[call]" {
				t.Errorf("%v do not fit", got)
			}
			return readKeyed(table, Window{From: 0, To: 2 * day, Now: at(2)}, 10)
		},
		"a row that moved": func() []string {
			table := begun()
			move := func(w Window, at int64) []string { // key 10, at another time
				w.Keys = 100
				table.Keyed("key")
				r := table.Compare(w)
				r.Key(at, func() []byte { return []byte("key 10") })
				r.Row(at, 10, 11)
				r.Finish(false)
				defer r.End()
				return r.FindVanished()
			}
			readKeyed(table, Window{From: 0, To: day, Now: at(1)})
			move(Window{From: 2 * day, To: 3 * day, Now: at(1)}, 2*day+5)
			return readKeyed(table, Window{From: 0, To: day, Now: at(2)})
		},
	} {
		if got := deletes(); len(got) > 0 {
			t.Errorf("%s: %v are deleted", name, got)
		}
	}
}

// Keys are the same when they were packed, whatever they are.
func TestPack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		set := map[string]struct{}{}
		for range random.IntN(40) {
			key := make([]byte, random.IntN(12))
			for i := range key {
				key[i] = byte(random.IntN(3))
			}
			set[string(key)] = struct{}{}
		}
		got := map[string]struct{}{}
		if err := Pack(set).Each(func(key []byte) { got[string(key)] = struct{}{} }); err != nil || fmt.Sprint(got) != fmt.Sprint(set) {
			t.Fatalf("%v became %v: %v", set, got, err)
		}
	}
}

// Keys that nobody packed are refused, and cost little of what they would unpack to.
func TestKeysThatNobodyPacked(t *testing.T) {
	long := append(binary.AppendUvarint([]byte{0}, 32<<20), make([]byte, 32<<20)...)
	for name, plain := range map[string][]byte{
		"one of 32 MB": long, "cut off": {0, 2, 'a'}, "longer than the one before": {0, 1, 'a', 2, 0}, "twice": {0, 1, 'a', 1, 0}, "out of order": {0, 1, 'b', 0, 1, 'a'}, "one more": {0, 1, 'a', 1, 1, 'b', 1, 1, 'c'},
	} {
		k := Keys{2, deflate.Pack(plain)}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := k.Each(func([]byte) {})
		runtime.ReadMemStats(&after)
		if cost := after.TotalAlloc - before.TotalAlloc; err == nil || cost > 2<<20 {
			t.Errorf("%s: %v, %d bytes", name, err, cost)
		}
	}
	if err := (Keys{2, deflate.Pack([]byte{0, 1, 'a', 1, 1, 'b'})}).Each(func([]byte) {}); err != nil {
		t.Error(err)
	}
}

// What is held survives being kept.
func TestHeldIsKept(t *testing.T) {
	table := &Table{}
	readKeyed(table, Window{From: 0, To: 2 * day, Now: 3 * day}, 10, 20, day+10)
	readKeyed(table, Window{From: 0, To: 2 * day, Now: 4 * day}, 20, day+10)
	text, err := json.Marshal(Memory{"call": table})
	var again Memory
	if err != nil || json.Unmarshal(text, &again) != nil {
		t.Fatal(err)
	}
	if got := readKeyed(again["call"], Window{From: 0, To: 2 * day, Now: 5 * day}, 20); fmt.Sprint(got) != "[key 10]" {
		t.Errorf("%v are deleted", got)
	}
	if size := again.Size(); size.Keys != 2 {
		t.Errorf("%+v", size)
	}
}

// Rows that are others at each reading, as where Intercom writes an export anew for each
// download, come to an end: all are sent, and nothing of them is remembered.
func TestRowsThatAreOthersEachTime(t *testing.T) {
	for _, keys := range []int{0, 100} {
		table, hash := &Table{}, uint64(0)
		w := Window{From: 0, To: day, Now: 10 * day, Keys: keys}
		for reading := range 3 {
			r, sent, times := table.Compare(w), false, 0
			for again := true; again; again = r.Finish(false) {
				if times++; times > 20 {
					t.Fatalf("keys %d: read again without end", keys)
				}
				hash++
				r.Key(10, func() []byte { return []byte("key") })
				sent = r.Row(10, 1, hash)
			}
			if !sent {
				t.Errorf("keys %d, reading %d: the last values are not sent", keys, reading)
			}
			r.FindVanished()
			r.End()
		}
	}
}

// Of rows that are others at each reading the keys are held once, however often that
// happens, and those of rows that only the last reading has are held too.
func TestKeysOfRowsThatAreOthersEachTime(t *testing.T) {
	table, hash := &Table{}, uint64(0)
	for sync := range int64(20) {
		r, times := table.Compare(Window{From: 0, To: day, Now: 10*day + sync*3600, Keys: 1000}), int64(0)
		for again := true; again; again = r.Finish(false) {
			times++
			for second := range 10 + times { // one more each time
				hash++
				r.Key(second, func() []byte { return fmt.Appendf(nil, "key %d", second) })
				r.Row(second, uint64(second), hash)
			}
		}
		if gone := r.FindVanished(); len(gone) > 0 {
			t.Fatalf("%v are deleted", gone)
		}
		r.End()
		held := 0
		for _, h := range table.held {
			held += h.keys.Len()
		}
		if want := int(10 + times); held != want {
			t.Fatalf("after %d syncs %d keys are held, of %d rows", sync+1, held, want)
		}
	}
}
