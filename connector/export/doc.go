// Package export is the engine: it reads Intercom's Reporting Data Export and hands
// the rows to a [Sink].
//
// The sink decides what becomes of them: Fivetran's stream takes records
// and checkpoints, a lake takes rows by day and publishes days. The engine knows
// neither gRPC nor S3, and a sink knows no job.
//
// A [Run] (run.go) holds for each dataset what is left to read, from package plan,
// and how its CSV becomes rows (dataset_run.go). Windows (window.go) become export
// jobs (job.go), as many at once as the configuration allows of the workspace's five
// (package slot), round-robin over the datasets. Jobs run ahead; their rows are delivered
// strictly in the order of each dataset (deliver.go), each streamed from a download
// that is never stored. A window that fails is asked for again, split, or read without
// what Intercom no longer has (recover.go, retention.go); where nothing helps its
// dataset ends, and the others go on.
//
// After each window the state is kept (checkpoint.go). It is the only progress
// that lasts. How old a window's rows are is decided in one place (plan.AsOf).
package export
