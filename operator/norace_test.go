//go:build !race

package operator

const (
	histories = 120 // that TestExportHistories plays
	first     = 0   // the seed of the first
	dialects  = 1   // TestDialects plays one in so many of them
	mixtures  = 16  // workspaces that TestMixtures plays
	moments   = 1   // of a run's changes, a machine goes off before one in so many
	lengths   = 8   // seeds of TestRunsOfAnyLength
	loadDays  = 60  // that TestAKilledLoadGoesOn loads
)
