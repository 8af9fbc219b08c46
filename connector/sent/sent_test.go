package sent

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
)

// life is a random life of a dataset and its table: rows come, change, change back
// and vanish; windows begin and end anywhere, and are cut off at any row.
type life struct {
	t           *testing.T
	random      *rand.Rand
	source      map[uint64]row // by key
	destination map[uint64]row
	memory      Memory
	kept        string
	still       bool // nothing changes any more
}

type row struct {
	second int64
	value  uint64
}

func (r row) hash(key uint64) uint64 { return mix(key*31 + r.value) }

func mix(x uint64) uint64 {
	x = (x ^ x>>31) * 0x9e3779b97f4a7c15
	return x ^ x>>29
}

func (l *life) keep() {
	text, err := json.Marshal(l.memory)
	if err != nil {
		l.t.Fatal(err)
	}
	l.kept = string(text)
	l.memory.Kept()
}

// restart is a sync that takes up what was kept last.
func (l *life) restart() {
	l.memory = Memory{}
	if err := json.Unmarshal([]byte(l.kept), &l.memory); err != nil {
		l.t.Fatal(err)
	}
}

// window reads a window whole, or up to a row where it is cut off. Ends says
// whether Intercom includes the end of a window.
func (l *life) window(w Window, cut int, ends bool) {
	l.memory.Table("call").Begin("shape")
	l.memory.Table("call").Keyed("key")
	w.Keys = 100
	r := l.memory.Table("call").Compare(w)
	var first, last map[uint64]row
	changed := false
	for again := true; again; {
		export := map[uint64]row{}
		for key, row := range l.source {
			if row.second >= w.From-1 && row.second < w.To || ends && row.second == w.To {
				export[key] = row
			}
		}
		if last = export; first == nil {
			first = export
		}
		for key, row := range export {
			if cut--; cut == 0 {
				l.restart()
				return
			}
			if r.Concerns(row.second, true) {
				r.Key(row.second, func() []byte { return fmt.Append(nil, key) })
				if !r.Row(row.second, mix(key), row.hash(key)) {
					continue
				}
			}
			if l.memory.Forgot() {
				if l.random.IntN(2) == 0 {
					l.memory.Withhold(l.random.Int64N(5 * day))
				}
				l.keep()
			}
			l.destination[key] = row
		}
		if again = r.Finish(false); again && !l.still && l.random.IntN(8) == 0 {
			l.change() // the result is another the next time
			changed = true
		}
		if !again && fmt.Sprint(first) == fmt.Sprint(export) {
			for key, row := range export {
				if row.second >= w.From && row.second < w.To && l.destination[key] != row {
					l.t.Fatalf("the window was read, and row %d is %v, not %v", key, l.destination[key], row)
				}
			}
		}
	}
	for _, key := range r.FindVanished() {
		if cut--; cut == 0 {
			l.restart()
			return
		}
		var k uint64
		fmt.Sscan(key, &k)
		if row, there := last[k]; there && !changed && row.second >= w.From && row.second < w.To {
			l.t.Fatalf("row %d is deleted, and it was shown", k)
		}
		delete(l.destination, k)
	}
	r.End()
	if l.random.IntN(3) == 0 {
		l.memory.Release()
	}
	l.memory.Fit(200+l.random.IntN(2000), w.Now)
	if l.random.IntN(2) == 0 {
		l.keep()
	}
}

// change changes the source: few rows, since they then go back and forth.
func (l *life) change() {
	for range l.random.IntN(4) {
		key := uint64(1 + l.random.IntN(12))
		r, there := l.source[key]
		switch {
		case !there:
			l.source[key] = row{int64(key) * 27000, 1}
		case l.random.IntN(6) == 0:
			delete(l.source, key)
		default:
			r.value = 3 - r.value
			l.source[key] = r
		}
	}
}

func TestNoChangeIsMissed(t *testing.T) {
	for seed := range uint64(400) {
		l := &life{t: t, random: rand.New(rand.NewPCG(seed, 3)), source: map[uint64]row{}, destination: map[uint64]row{}, memory: Memory{}, kept: "{}"}
		for n := range int64(30) {
			l.change()
			w := Window{From: l.random.Int64N(5 * day), Now: 5*day + n*day/4}
			switch l.random.IntN(3) {
			case 0:
				w.From -= w.From % 27000 // rows lie there
			case 1:
				w.From = l.memory.Table("call").Start(w.From)
			}
			w.To, w.Since = w.From+1+l.random.Int64N(3*day), l.random.Int64N(day)
			if to := w.To - w.To%27000; to > w.From && l.random.IntN(2) == 0 {
				w.To = to // rows lie there
			}
			w.Cut = w.To - l.random.Int64N(2*day)
			cut := 0
			if l.random.IntN(3) == 0 {
				cut = 1 + l.random.IntN(40)
			}
			l.window(w, cut, l.random.IntN(2) == 0)
		}
		for n := range int64(3) { // of which no two are the same night
			l.still = true
			l.window(Window{From: 0, To: 6 * day, Now: 20*day + n*day}, 0, false)
		}
		for key := range l.destination {
			if _, there := l.source[key]; !there && int64(key)*27000 >= day {
				t.Errorf("row %d is gone, and is still there", key)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// Of many rows of which few changed, few others are sent, and nothing of those that
// did not.
func TestWhatIsSentIsWhatChanged(t *testing.T) {
	const rows = 20_000
	values := make([]uint64, rows)
	table := &Table{}
	read := func(since int64) (sent int) {
		r := table.Compare(Window{From: 0, To: 10 * day, Since: since, Cut: 0, Now: 20 * day})
		for again := true; again; again = r.Finish(false) {
			for i, value := range values {
				if r.Row(int64(i)*10*day/rows, mix(uint64(i)), mix(uint64(i)*31+value)) {
					sent++
				}
			}
		}
		r.End()
		return sent
	}
	if n := read(0); n != rows {
		t.Fatalf("%d rows at first", n)
	}
	if n := read(0); n != 0 {
		t.Fatalf("%d rows without a change", n)
	}
	for i := range 200 {
		values[i*100]++
	}
	if n := read(0); n < 200 || n > 230 {
		t.Fatalf("%d rows for 200 changes", n)
	}
	(Memory{"call": table}).Fit(4000, 20*day)
	for i := range 10 {
		values[i*2000]++
	}
	if n := read(0); n < 10 || n > 2000 {
		t.Fatalf("%d rows for ten changes, with few sums", n)
	}
}

// Sums in fewer lines are those of the same rows.
func TestFolded(t *testing.T) {
	wide, narrow, one := newSums(64), newSums(4), newSums(1)
	for i := range uint64(1000) {
		for _, s := range []sums{wide, narrow, one} {
			s.add(mix(i), mix(i*31))
		}
	}
	if !wide.folded(4).equal(narrow) || !wide.folded(1).equal(one) || !narrow.folded(1).equal(one) || !wide.folded(64).equal(wide) {
		t.Error("folded, they are others")
	}
}

// Rows that lie elsewhere than where they were asked for make a memory of nothing:
// all are sent, and nothing is remembered.
func TestStrangeRows(t *testing.T) {
	table := &Table{}
	read := func(second int64, strange bool) (sent int) {
		r := table.Compare(Window{From: 0, To: day, Now: day})
		for again := true; again; again = r.Finish(strange) {
			for i, at := range []int64{10, 20, second} {
				if r.Row(at, uint64(i), uint64(i)) {
					sent++
				}
			}
		}
		r.End()
		return sent
	}
	for i, test := range []struct {
		second  int64
		strange bool
		want    int
	}{
		{30, false, 3},
		{30, false, 0},
		{day + 3, false, 4},
		{day + 3, false, 3}, // outside: it is sent at once, and with the others again
		{30, false, 3},
		{30, false, 0},
		{day, false, 3}, // the neighbour's first row, and the two whose sums the third was in too
		{30, true, 3},
		{30, false, 3},
		{30, false, 0},
	} {
		if got := read(test.second, test.strange); got != test.want {
			t.Errorf("reading %d sends %d rows, want %d", i+1, got, test.want)
		}
	}
}

func TestGone(t *testing.T) {
	table := &Table{}
	read := func(rows ...int64) *Comparison {
		r := table.Compare(Window{From: 0, To: 2 * day, Now: day})
		for again := true; again; again = r.Finish(false) {
			for _, at := range rows {
				r.Row(at, uint64(at), uint64(at))
			}
		}
		r.End()
		return r
	}
	read(10, 20, day+10)
	if gone := read(20, day+10).Gone(); len(gone) != 1 || gone[0] != (Gone{0, day, 1}) {
		t.Errorf("gone %v", gone)
	}
	if gone := read(20, day+10).Gone(); len(gone) != 0 {
		t.Errorf("then %v", gone)
	}
}

// FuzzTable: nothing makes it panic, and what it takes it gives back.
func FuzzTable(f *testing.F) {
	table := &Table{Shape: "1a"}
	r := table.Compare(Window{From: 0, To: 2 * day, Now: day, Cut: 7})
	for i := range int64(50) {
		r.Row(i*3000, mix(uint64(i)), mix(uint64(i)))
	}
	r.End()
	text, _ := json.Marshal(table)
	f.Add(string(text))
	f.Add(`{"shape":"x","spans":"AAAA"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var table, again Table
		if json.Unmarshal([]byte(text), &table) != nil {
			return
		}
		once, err := json.Marshal(&table)
		if err != nil || json.Unmarshal(once, &again) != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice, _ := json.Marshal(&again); string(twice) != string(once) {
			t.Errorf("%s\n%s", once, twice)
		}
	})
}
