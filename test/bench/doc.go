// Command bench measures the connector's stream of a large export beside its
// peers and against what the machine allows, in one run.
//
// A process serves the same CSV, gzipped, as Intercom would. For each
// contestant a server process of its own reads it, and a client process drains
// the server's stream. The contestants take turns, five rounds of them, because
// a machine's speed moves from minute to minute: only what ran in the same
// rounds is compared. Time runs from the request for the file to the end of
// the stream.
//
//	go run ./test/bench                                 the whole of it
//	go run ./test/bench --quick                         a look, in a minute
//	go run ./test/bench --markdown docs/performance.md  with a chart beside it
package main
