//go:build race

package csvtest

// every: the suite plays one in so many of its draws and cuts. The race detector
// makes each five times as slow, and all of them are played without it as well.
const every = 7
