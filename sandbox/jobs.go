package sandbox

import (
	"fmt"
	"time"
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
	table     table
	columns   []column
	selection selection
	span      time.Duration
	enqueued  time.Time
	done      time.Time
	stuck     bool   // never done, by a fault
	fate      string // status in which it ended badly, by a fault
	expired   int    // status of its downloads, by a fault
}

// pending says whether the job holds one of the workspace's slots.
func (j *job) pending(now time.Time) bool {
	return j.fate == "" && (j.stuck || now.Before(j.done))
}

func (j *jobs) mean() float64 {
	if elapsed := j.last.Sub(j.first); elapsed > 0 {
		return float64(j.busy) / float64(elapsed)
	}
	return 0
}

// startJob enqueues a job if the workspace has a slot for it.
func (s *Sandbox) startJob(j job) (*job, error) {
	j.enqueued = s.now()
	j.selection.at = j.enqueued
	rows := 0
	if s.counts {
		rows = s.count(&j)
	}
	foreign := 0
	if s.options.ForeignJobs != nil {
		foreign = s.options.ForeignJobs(j.enqueued)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	running := foreign + s.sweep(j.enqueued)
	if running >= s.options.PendingJobs {
		s.traffic.jobLimited++
		return nil, tooMany("Exceeded rate limit of %d pending reporting dataset export jobs", s.options.PendingJobs)
	}
	j.done = j.enqueued.Add(s.options.JobTime(j.table.id, rows, j.span))
	if !s.options.RowsAtEnqueue {
		j.selection.at = j.done
	}
	all := &s.jobs
	all.count++
	all.peak = max(all.peak, running+1-foreign)
	all.busy += j.done.Sub(j.enqueued)
	if all.first.IsZero() {
		all.first = j.enqueued
	}
	if j.done.After(all.last) {
		all.last = j.done
	}
	draw := random(s.options.Seed).at(uint64(all.count), 0x10b)
	j.id = fmt.Sprintf("job%d%010x", all.count, draw.next()>>24)
	all.known[j.id] = &j
	return &j, nil
}

// sweep forgets jobs that nobody can download any more and counts the pending
// ones. The mutex is held.
func (s *Sandbox) sweep(now time.Time) (pending int) {
	for id, j := range s.jobs.known {
		switch {
		case j.pending(now):
			pending++
		case now.After(j.done.Add(s.options.JobTTL)):
			delete(s.jobs.known, id)
		}
	}
	return pending
}

// job returns a copy of a job that is still known.
func (s *Sandbox) job(id string) (job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(s.now())
	j, ok := s.jobs.known[id]
	if !ok {
		return job{}, notFound("Export job not found for identifier: %s", id)
	}
	return *j, nil
}

// count is how many rows the job's export has.
func (s *Sandbox) count(j *job) (rows int) {
	j.table.scan(j.selection, func(*row) bool { rows++; return true })
	return rows
}
