package staging

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var everyClass = []Column{
	{Name: "bool", Class: Bool},
	{Name: "int", Class: Int},
	{Name: "float", Class: Float},
	{Name: "micros", Class: Micros},
	{Name: "instant", Class: MicrosTZ},
	{Name: "text", Class: Text},
	{Name: "blob", Class: Blob},
}

// open is a database in a file and what reads staged rows there.
func open(t testing.TB) (*sql.DB, *Connection) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "warehouse.db")
	db, err := sql.Open("duckdb", path)
	if err == nil {
		err = db.Ping()
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := Connect(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		db.Close()
	})
	return db, c
}

// lines are a query's rows, values separated by "|"; null is ∅.
func lines(t *testing.T, db *sql.DB, query string) (lines []string) {
	t.Helper()
	rows, err := db.Query("SELECT concat_ws('|', *COLUMNS(c -> true)) FROM (SELECT coalesce(COLUMNS(*)::VARCHAR, '∅') FROM (" + query + "))")
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// fillRandomly stages rows of every class and says how DuckDB shows them. By
// turns, nothing, everything and some values are null.
func fillRandomly(s *Rows, rows int) (want []string) {
	r := rand.New(rand.NewPCG(7, 7))
	for i := range rows {
		s.Begin()
		line := make([]string, len(s.columns))
		for col, c := range s.columns {
			if mood := (i/1500 + col) % 3; mood == 1 || mood == 2 && r.IntN(2) == 0 {
				s.SetNull(col)
				line[col] = "∅"
				continue
			}
			switch n := r.Int64N(1 << 40); c.Class {
			case Bool:
				s.SetBool(col, n%2 == 0)
				line[col] = fmt.Sprint(n%2 == 0)
			case Float:
				s.SetFloat(col, float64(n)+0.5)
				line[col] = fmt.Sprintf("%d.5", n)
			case Text, Blob:
				text := strings.Repeat("x", r.IntN(30))
				if n%5000 == 0 {
					text = strings.Repeat("a long one", 60_000)
				}
				s.SetBytes(col, []byte(text))
				line[col] = text
			default:
				s.SetInt(col, n)
				line[col] = fmt.Sprint(n)
			}
		}
		s.Next()
		want = append(want, fmt.Sprint(i)+"|"+strings.Join(line, "|"))
	}
	return want
}

// What is staged is what DuckDB reads, whatever is null, short or long, in chunks
// of any size, and cut anywhere.
func TestStagedRowsAreRead(t *testing.T) {
	db, _ := open(t)
	for _, n := range []int{1, 63, 64, 65, 2048, 2049, 20_000} {
		s := New(everyClass)
		want := fillRandomly(s, n)
		for _, kept := range []int{n, n - n/3, 1} {
			s.Cut(int64(kept))
			got := lines(t, db, "SELECT _fivetran_order, bool, int, float, epoch_us(micros), epoch_us(instant), text, blob FROM "+s.SQL()+" ORDER BY 1")
			if diff := cmp.Diff(want[:kept], got); diff != "" {
				t.Fatalf("%d of %d rows: %.2000s", kept, n, diff)
			}
			if got := lines(t, db, "SELECT count(*), count(int) FROM "+s.SQL()); !strings.HasPrefix(got[0], fmt.Sprint(kept, "|")) {
				t.Errorf("%d of %d rows: counted %s", kept, n, got)
			}
		}
		s.Drop()
	}
}

// Memory is for values: a column of nulls takes none.
func TestNullsTakeNoMemory(t *testing.T) {
	s := New(everyClass)
	defer s.Drop()
	for range 10_000 {
		s.Begin()
		for col := range s.columns {
			s.SetNull(col)
		}
		s.Next()
	}
	if s.size != 0 {
		t.Errorf("%d bytes", s.size)
	}
}
