//go:build !race

package connector

// histories is how many TestHistories plays.
const histories = 200
