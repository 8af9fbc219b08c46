//go:build race

package connector

// The race detector makes each test five times as slow, and the suite plays all of
// them without it as well: here are a few draws, others than there.
const (
	histories = 32      // that TestHistories plays
	first     = 100_000 // the seed of the first
	dialects  = 24      // TestDialects plays one in so many of them
	mixtures  = 2       // workspaces that TestMixtures plays
	points    = 4       // TestCutOffsAtEveryPoint cuts off at one in so many
)
