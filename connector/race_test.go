//go:build race

package connector

// histories is how many TestHistories plays: the race detector makes each five
// times as slow.
const histories = 50

// dialects: TestDialects plays one in so many of them.
const dialects = 8

// mixtures is how many workspaces TestMixtures plays.
const mixtures = 2
