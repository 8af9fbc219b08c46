//go:build !race

package csvtest

// every: the suite plays one in so many of its draws and cuts.
const every = 1
