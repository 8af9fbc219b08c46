package protocol

import (
	"database/sql"
	"math"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

// What AppendText writes is what DuckDB's cast writes.
func TestTextIsAsDuckDBCasts(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("SET TimeZone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	for _, f := range []float64{
		0, 1, -1, 0.1, 1.0 / 3, 1e15, 123456789012345680, 1e16, 1.5e16, 1e17, 1e20, 1e21, 1e22, 1e-4, 0.00012345, 1e-5, 1.5e-7, 1e300,
		math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1),
	} {
		var want string
		if err := db.QueryRow("SELECT ?::DOUBLE::VARCHAR", f).Scan(&want); err != nil {
			t.Fatal(err)
		}
		if got := string((&Value{Kind: KindDouble, Double: f}).AppendText(nil)); got != want {
			t.Errorf("double %v: %s, DuckDB says %s", f, got, want)
		}
		if f32 := float32(f); !math.IsInf(float64(f32), 0) {
			if err := db.QueryRow("SELECT ?::FLOAT::VARCHAR", f32).Scan(&want); err != nil {
				t.Fatal(err)
			}
			if got := string((&Value{Kind: KindFloat, Double: float64(f32)}).AppendText(nil)); got != want {
				t.Errorf("float %v: %s, DuckDB says %s", f32, got, want)
			}
		}
	}
	for _, v := range []Value{
		{Int: 0}, {Int: 1, Nanos: 500_000_000}, {Int: -1, Nanos: 1_000}, {Int: 1_700_000_000, Nanos: 123_456_789}, {Int: minSeconds}, {Int: maxSeconds},
	} {
		for k, typ := range map[Kind]string{KindNaiveDatetime: "TIMESTAMP", KindUTCDatetime: "TIMESTAMPTZ"} {
			v.Kind = k
			var want string
			if err := db.QueryRow("SELECT make_timestamp(?::BIGINT)::"+typ+"::VARCHAR", v.Micros()).Scan(&want); err != nil {
				t.Fatal(err)
			}
			if got := string(v.AppendText(nil)); got != want {
				t.Errorf("%s: %s, DuckDB says %s", typ, got, want)
			}
		}
		v.Kind, v.Nanos = KindNaiveDate, 0
		v.Int -= ((v.Int % 86400) + 86400) % 86400
		var want string
		if err := db.QueryRow("SELECT make_timestamp(?::BIGINT)::DATE::VARCHAR", v.Micros()).Scan(&want); err != nil {
			t.Fatal(err)
		}
		if got := string(v.AppendText(nil)); got != want {
			t.Errorf("date: %s, DuckDB says %s", got, want)
		}
	}
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	var want string
	if err := db.QueryRow("SELECT ?::BLOB::VARCHAR", all).Scan(&want); err != nil {
		t.Fatal(err)
	}
	if got := string((&Value{Kind: KindBinary, Bytes: all}).AppendText(nil)); got != want {
		t.Errorf("blob: %s, DuckDB says %s", got, want)
	}
}
