// Package sent remembers what the destination holds, so that a row that is read
// again travels only if it differs.
//
// A row is known by two hashes of 64 bits: of its values, and of its key. Of the
// rows of a span of time, a day at most, only sums are kept (sums.go): each row
// adds the hash of its values to four of them, and the hash of its key says to
// which. When the span is read again, a row of which one sum is as it was is the
// same as it was. One that changed alters its four sums, and a row that did not is
// sent without need only if all four of its own are altered by others. So a few
// hundred sums tell the few rows of thousands that changed; where more change than
// the sums can tell apart, more rows are sent, and none is missed.
//
// That a change is taken for none takes a sum that is equal by chance: with four
// sums a row, 2^-62 for each change. A million rows a month that change twice each
// are 24 million changes a year, and a chance of 5 in 10^12 that one is missed.
//
// A [Table] holds the spans of one dataset, a [Memory] those of all (memory.go),
// within a number of bytes (budget.go): sums can be folded to half as many, and
// always tell as surely, only less finely. A [Comparison] is what a window does to it
// (comparison.go). It forgets before it lets a row go, and remembers after the last:
// who keeps a memory anywhere must keep it again before the next row leaves
// whenever [Memory.Forgot] says so, so that what is kept never speaks of rows that
// the destination may not hold. The package is pure: it knows no clock, and
// neither Intercom nor Fivetran.
package sent
