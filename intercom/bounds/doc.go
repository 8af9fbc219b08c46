// Package bounds reads answers of JSON into memory without trusting them.
//
// An answer may be short on the wire and long in memory: compressed a
// thousandfold, with millions of empty lists, nested without end, or one of many
// at once. So its bytes are counted while they come, before anything is made of
// them: how many, how many elements, how deep, and how many of them each byte of
// the wire has become. What is longer than a little waits until the process has
// room: all answers of all callers share one, and each caller may have one such
// answer at a time, so that no caller takes the room of another.
package bounds
