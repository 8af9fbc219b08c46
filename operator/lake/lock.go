package lake

import "fmt"

// LockedError says that another run writes to the lake.
type LockedError struct {
	Lake   string
	Run    string // the other run; empty when it did not say
	Holder string // the same, for people
}

// Error names the lake and the other run.
func (e *LockedError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "unknown"
	}
	return fmt.Sprintf("another run (%s) is writing to %s; try again when it has ended", holder, e.Lake)
}
