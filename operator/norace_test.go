//go:build !race

package operator

// histories is how many TestExportHistories plays.
const histories = 120
