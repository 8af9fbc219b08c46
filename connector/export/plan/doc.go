// Package plan says what a run reads of a dataset, and in which windows.
//
// Intercom's export selects rows by a time that does not move, such as when a
// conversation started. A row that changes later never comes into a new window.
// So a run reads, in this order (spans.go): new rows, from the cursor to now; the
// last day again; once a day all that may have changed within the look-back
// (look_back.go); and the rows before the first start, if that was moved back. New rows come
// first, so that re-reading can never starve them. Spans that touch are read as
// one where one job bears it.
//
// A [Plan] cuts spans into windows (window.go): of a length that adapts to what
// Intercom bears (width.go), never holding an hour twice (daylight_saving.go),
// never cutting a piece that must stay whole, such as a day of a lake (day.go).
//
// What was read is remembered in a [State] (state.go). Its cursor never passes a
// row that was not read, never moves over a gap, and never moves back
// (cursor.go). The package is pure: it knows neither clocks nor Intercom.
package plan
