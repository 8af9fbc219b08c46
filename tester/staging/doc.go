// Package staging keeps rows in memory, by column and in the form of DuckDB's own
// vectors, and lets DuckDB read them where they lie.
//
// Rows are set value by value (rows.go); longer texts lie in pinned blocks, since
// DuckDB gets their addresses (text.go). In SQL, Rows.SQL is a table: a table
// function (scan.go) that DuckDB's threads call for one chunk of rows after the
// other, and that copies whole vectors.
//
// The table function is written against DuckDB's C interface, with cgo, although
// duckdb-go has table functions and an Appender of its own: those take each value
// as an interface. It is what makes landing several times as fast; BenchmarkAppend
// holds the ways against each other.
package staging
