// Command bench measures the connector's stream of a large export, and the way of
// its rows to a lake, beside peers and against what the machine allows, in one
// run.
//
// A process serves the same CSV, gzipped, as Intercom would. For each
// contestant a server process of its own reads it, and a client process drains
// the server's stream. The contestants take turns, three rounds of them, because
// a machine's speed moves from minute to minute: only what ran in the same
// rounds is compared. Time runs from the request for the file to the end of
// the stream.
//
// The client speaks HTTP/2 itself (package drain), and that stays so: client and
// server share the machine's cores, so that what the client uses is taken from
// what is measured. One of grpc-go takes a third more, most of it for copies and
// for waking goroutines, and would hide by as much how the servers differ. It is
// a loop over golang.org/x/net/http2's frames, and it serves every contestant
// alike. The lake's path ends in its own process: it answers without rows.
//
//	go run ./test/bench                                 the whole of it
//	go run ./test/bench --quick                         a look, in a minute
//	go run ./test/bench --markdown docs/performance.md  with a chart beside it
//	go run ./test/bench --markdown docs/performance.md --only "60 columns, sparse"
package main
