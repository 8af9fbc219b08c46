package export

import (
	"slices"
	"time"

	"intercom-connector/connector/export/plan"
)

// State is all of a run that lasts until the next. It holds no secret and no
// row.
type State struct {
	Datasets map[string]*plan.State `json:"datasets,omitempty"`
	// Jobs are the export jobs that were in flight.
	Jobs []SavedJob `json:"jobs,omitempty"`
}

// SavedJob is an export job in flight; times are epoch seconds. AsOf is how old
// its rows are; Attributes stands for what was asked for.
type SavedJob struct {
	ID         string `json:"id"`
	Dataset    string `json:"dataset"`
	Start      int64  `json:"start"`
	End        int64  `json:"end"`
	Attributes string `json:"attributes"`
	AsOf       int64  `json:"as_of"`
}

// addJob remembers a job in flight.
func (s *State) addJob(job SavedJob) {
	s.dropJob(job.ID)
	s.Jobs = append(s.Jobs, job)
}

func (s *State) dropJob(id string) {
	s.Jobs = slices.DeleteFunc(s.Jobs, func(j SavedJob) bool { return j.ID == id })
}

// dropOldJobs forgets the jobs that are too old to be taken up.
func (s *State) dropOldJobs(now time.Time) {
	s.Jobs = slices.DeleteFunc(s.Jobs, func(j SavedJob) bool {
		age := now.Unix() - j.AsOf
		return age < 0 || age >= int64(plan.JobLife.Seconds())
	})
}
