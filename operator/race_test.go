//go:build race

package operator

// The race detector makes each test five times as slow, and the suite plays all of
// them without it as well: here are a few draws, others than there.
const (
	histories = 12      // that TestExportHistories plays
	first     = 100_000 // the seed of the first
	dialects  = 24      // TestDialects plays one in so many of them
	mixtures  = 2       // workspaces that TestMixtures plays
	moments   = 5       // of a run's changes, a machine goes off before one in so many
	lengths   = 3       // seeds of TestRunsOfAnyLength
	loadDays  = 20      // that TestAKilledLoadGoesOn loads
)
