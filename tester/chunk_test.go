package tester

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	sdk "intercom-connector/proto"
)

var everyClass = []stagedColumn{
	{name: "bool", class: classBool},
	{name: "int", class: classInt},
	{name: "float", class: classFloat},
	{name: "micros", class: classMicros},
	{name: "instant", class: classMicrosTZ},
	{name: "text", class: classText},
	{name: "blob", class: classBlob},
}

// fillRandomly stages rows of every class and says how DuckDB shows them. By
// turns, nothing, everything and some values are null.
func fillRandomly(s *staged, rows int) (want []string) {
	r := rand.New(rand.NewPCG(7, 7))
	for i := range rows {
		s.begin()
		line := make([]string, len(s.columns))
		for col, c := range s.columns {
			if mood := (i/1500 + col) % 3; mood == 1 || mood == 2 && r.IntN(2) == 0 {
				s.setNull(col)
				line[col] = "∅"
				continue
			}
			switch n := r.Int64N(1 << 40); c.class {
			case classBool:
				s.setBool(col, n%2 == 0)
				line[col] = fmt.Sprint(n%2 == 0)
			case classFloat:
				s.setFloat(col, float64(n)+0.5)
				line[col] = fmt.Sprintf("%d.5", n)
			case classText, classBlob:
				text := strings.Repeat("x", r.IntN(30))
				if n%5000 == 0 {
					text = strings.Repeat("a long one", 60_000)
				}
				s.setBytes(col, []byte(text))
				line[col] = text
			default:
				s.setInt(col, n)
				line[col] = fmt.Sprint(n)
			}
		}
		s.next()
		want = append(want, fmt.Sprint(i)+"|"+strings.Join(line, "|"))
	}
	return want
}

// What is staged is what DuckDB reads, whatever is null, short or long, in chunks
// of any size, and cut anywhere.
func TestStagedRowsAreRead(t *testing.T) {
	w, err := openWarehouse(t.Context(), filepath.Join(t.TempDir(), "warehouse.db"), "1GB")
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	for _, n := range []int{1, 63, 64, 65, 2048, 2049, 20_000} {
		s := newStaged(everyClass)
		want := fillRandomly(s, n)
		for _, kept := range []int{n, n - n/3, 1} {
			s.cut(int64(kept))
			got := queryLines(t, w.db, "SELECT _fivetran_order, bool, int, float, epoch_us(micros), epoch_us(instant), text, blob FROM "+s.sql()+" ORDER BY 1")
			if diff := cmp.Diff(want[:kept], got); diff != "" {
				t.Fatalf("%d of %d rows: %.2000s", kept, n, diff)
			}
			if got := queryLines(t, w.db, "SELECT count(*), count(int) FROM "+s.sql()); !strings.HasPrefix(got[0], fmt.Sprint(kept, "|")) {
				t.Errorf("%d of %d rows: counted %s", kept, n, got)
			}
		}
		s.drop()
	}
}

// Memory is for values: a column of nulls takes none.
func TestNullsTakeNoMemory(t *testing.T) {
	s := newStaged(everyClass)
	defer s.drop()
	for range 10_000 {
		s.begin()
		for col := range s.columns {
			s.setNull(col)
		}
		s.next()
	}
	if s.size != 0 {
		t.Errorf("%d bytes", s.size)
	}
}

// From a message to staged rows, memory is taken by the chunk, not by the row.
func TestStagingHardlyAllocates(t *testing.T) {
	s := shape{columns: 20, rows: 100, filled: 1}
	tables := &catalog{tables: map[tableName]*table{}}
	if err := tables.add("", []*sdk.Table{s.table()}); err != nil {
		t.Fatal(err)
	}
	r := &reader{catalog: tables, stager: &stager{now: time.Now}, count: new(counts), maxStaged: math.MaxInt64}
	message := s.messages()[0]
	if n := testing.AllocsPerRun(100, func() {
		if err := r.message(message); err != nil {
			t.Fatal(err)
		}
	}); n > 10 {
		t.Errorf("%v allocations for 100 rows", n)
	}
	r.segments[0].drop()
}
