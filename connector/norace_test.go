//go:build !race

package connector

// histories is how many TestHistories plays.
const histories = 300

// dialects: TestDialects plays one in so many of them.
const dialects = 1

// mixtures is how many workspaces TestMixtures plays.
const mixtures = 16
