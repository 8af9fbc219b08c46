package reporting

import (
	"fmt"
	"time"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/random"
	"intercom-connector/sandbox/reporting/table"
)

// jobs are the export jobs that the workspace knows. None of them does
// anything: a job is done when the clock says so, and its rows are made when
// they are downloaded.
type jobs struct {
	known map[string]*job
	count int
	peak  int
	busy  time.Duration // sum of all jobs' times
	first time.Time     // enqueued
	last  time.Time     // done
}

// job is one export. Other goroutines get copies.
type job struct {
	id        string
	table     table.Table
	columns   []table.Column
	selection conversation.Selection
	span      time.Duration
	enqueued  time.Time
	fate      api.Fate
	asked     int // how often its status was asked for since it was done
	fetched   int // how often its rows were
	told      int // how often it was said to be done
}

func (j *jobs) mean() float64 {
	if elapsed := j.last.Sub(j.first); elapsed > 0 {
		return float64(j.busy) / float64(elapsed)
	}
	return 0
}

// startJob enqueues a job if the workspace has a slot for it.
func (s *API) startJob(j job) (*job, error) {
	j.enqueued = s.now()
	j.selection.At = j.enqueued
	rows := 0
	if s.counts {
		rows = s.count(&j)
	}
	foreign := 0
	if s.options.ForeignJobs != nil {
		foreign = s.options.ForeignJobs(j.enqueued)
	}
	if s.options.Speaks("slots-taken") {
		foreign = max(foreign, s.taken(j.enqueued))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	running := foreign + s.sweep(j.enqueued)
	if running >= s.options.PendingJobs {
		s.jobLimited++
		return nil, api.TooMany("Exceeded rate limit of %d pending reporting dataset export jobs", s.options.PendingJobs)
	}
	j.fate.Done = j.enqueued.Add(s.options.JobTime(j.table.ID, rows, j.span))
	if !s.options.RowsAtEnqueue {
		j.selection.At = j.fate.Done
	}
	all := &s.jobs
	all.count++
	all.peak = max(all.peak, running+1-foreign)
	all.busy += j.fate.Done.Sub(j.enqueued)
	if all.first.IsZero() {
		all.first = j.enqueued
	}
	if j.fate.Done.After(all.last) {
		all.last = j.fate.Done
	}
	draw := random.Source(s.options.Seed).At(uint64(all.count), 0x10b)
	j.id = fmt.Sprintf("job%d%010x", all.count, draw.Next()>>24)
	if s.options.Speaks("job-id-number") {
		j.id = fmt.Sprint(9_007_199_254_740_993 + int64(all.count)) // which no float holds
	}
	all.known[j.id] = &j
	return &j, nil
}

// taken is how many slots others hold where a dialect lets them: all but one,
// and in every third minute all.
func (s *API) taken(now time.Time) int {
	if now.Unix()/60%3 == 2 {
		return s.options.PendingJobs
	}
	return s.options.PendingJobs - 1
}

// sweep forgets jobs that nobody can download any more and counts the pending
// ones. The mutex is held.
func (s *API) sweep(now time.Time) (pending int) {
	for id, j := range s.jobs.known {
		switch {
		case j.fate.Pending(now):
			pending++
		case now.After(j.fate.Done.Add(s.options.JobTTL)):
			delete(s.jobs.known, id)
		}
	}
	return pending
}

// job returns a copy of a job that is still known.
func (s *API) job(id string) (job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(s.now())
	j, ok := s.jobs.known[id]
	if !ok {
		return job{}, api.NotFound("Export job not found for identifier: %s", id)
	}
	return *j, nil
}

// count is how many rows the job's export has.
func (s *API) count(j *job) (rows int) {
	j.table.Scan(j.selection, func(*table.Row) bool { rows++; return true })
	return rows
}

// Spoil does to a job what a fault asks for.
func (s *API) Spoil(id, name, arg string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "job-vanished" {
		delete(s.jobs.known, id)
	} else if j, ok := s.jobs.known[id]; ok {
		j.fate.Spoil(name, arg)
	}
}

// Stats is what the export has been through so far.
type Stats struct {
	Jobs, PeakPending, JobLimited int
	MeanInFlight                  float64
	RowsExported                  int64
}

func (s *API) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{
		Jobs: s.jobs.count, PeakPending: s.jobs.peak, JobLimited: s.jobLimited,
		MeanInFlight: s.jobs.mean(), RowsExported: s.rows,
	}
}
