// Package merge brings rows that were told of a table's day together with those
// that are published of it: of each key the row that was told last counts, and what
// is not told again stays. It holds two numbers a row in memory, of a bounded number
// of rows at a time, however many a day has.
package merge
