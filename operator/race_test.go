//go:build race

package operator

// histories is how many TestExportHistories plays: the race detector makes each
// five times as slow.
const histories = 30
