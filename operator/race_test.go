//go:build race

package operator

// histories is how many TestExportHistories plays: the race detector makes each
// five times as slow.
const histories = 30

// dialects: TestDialects plays one in so many of them.
const dialects = 8

// mixtures is how many workspaces TestMixtures plays.
const mixtures = 2
