package export

import (
	"testing"
	"time"
)

func TestOldJobsAreDropped(t *testing.T) {
	s := &State{Jobs: []SavedJob{{ID: "hour", AsOf: 0}, {ID: "fresh", AsOf: 1}, {ID: "future", AsOf: 3601}}}
	s.dropOldJobs(time.Unix(3600, 0))
	if len(s.Jobs) != 1 || s.Jobs[0].ID != "fresh" {
		t.Errorf("left: %v", s.Jobs)
	}
}
