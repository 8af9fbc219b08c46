//go:build race

package connector

// The race detector makes each test five times as slow, and the suite plays all of
// them without it as well: here are a few draws, others than there.
const (
	histories = 16      // that TestHistories plays
	first     = 100_000 // the seed of the first
	dialects  = 48      // TestDialects plays one in so many of them
	mixtures  = 1       // workspaces that TestMixtures plays
	points    = 8       // TestCutOffsAtEveryPoint cuts off at one in so many
	keys      = 8       // TestPlantedToken puts the token into one in so many
	firstDays = 9       // that TestFirstSyncLandsTheTruth syncs
)
