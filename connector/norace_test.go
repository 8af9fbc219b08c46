//go:build !race

package connector

const (
	histories = 300 // that TestHistories plays
	first     = 0   // the seed of the first
	dialects  = 1   // TestDialects plays one in so many of them
	mixtures  = 16  // workspaces that TestMixtures plays
	points    = 1   // TestCutOffsAtEveryPoint cuts off at one in so many
	keys      = 1   // TestPlantedToken puts the token into one in so many
	firstDays = 98  // that TestFirstSyncLandsTheTruth syncs
)
