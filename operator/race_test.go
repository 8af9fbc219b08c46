//go:build race

package operator

// The race detector makes each test five times as slow, and the suite plays all of
// them without it as well: here are a few draws, others than there.
const (
	histories = 6       // that TestExportHistories plays
	first     = 100_000 // the seed of the first
	dialects  = 48      // TestDialects plays one in so many of them
	mixtures  = 1       // workspaces that TestMixtures plays
	moments   = 10      // of a run's changes, a machine goes off before one in so many
	lengths   = 2       // seeds of TestRunsOfAnyLength
	loadDays  = 12      // that TestAKilledLoadGoesOn loads
)
