//go:build !race

package operator

// histories is how many TestExportHistories plays.
const histories = 120

// dialects: TestDialects plays one in so many of them.
const dialects = 1

// mixtures is how many workspaces TestMixtures plays.
const mixtures = 16
