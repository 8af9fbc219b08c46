// Package engagement answers the calls of the content data export: which
// messages were sent to whom, and who opened, clicked and answered them. What a
// job tells of a message is what happened within the job's own range.
package engagement

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/directory"
	"intercom-connector/sandbox/random"
	"intercom-connector/sandbox/workspace"
)

// API answers the calls about message data.
type API struct {
	options workspace.Options
	people  *directory.Directory

	mu    sync.Mutex
	jobs  map[string]*job
	count int
}

func New(o workspace.Options, people *directory.Directory) *API {
	return &API{options: o, people: people, jobs: map[string]*job{}}
}

// The patterns of the calls that faults know.
const (
	EnqueuePattern  = "POST /export/content/data"
	StatusPattern   = "GET /export/content/data/{job_identifier}"
	DownloadPattern = "GET /download/content/data/{job_identifier}"
)

func (s *API) Endpoints() []api.Endpoint {
	return []api.Endpoint{
		{Pattern: EnqueuePattern, Scope: workspace.ScopeMessages, Answer: s.enqueue},
		{Pattern: StatusPattern, Scope: workspace.ScopeMessages, Answer: s.status},
		{Pattern: "POST /export/cancel/{job_identifier}", Scope: workspace.ScopeMessages, Answer: s.cancel},
		{Pattern: DownloadPattern, Scope: workspace.ScopeMessages, Answer: s.download},
	}
}

// job is one export. Other goroutines get copies.
type job struct {
	id       string
	from, to time.Time // both included
	fate     api.Fate
}

// kept is how long a result can be downloaded.
const kept = 2 * workspace.Day

func (s *API) enqueue(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	var body struct {
		After  *json.Number `json:"created_at_after"`
		Before *json.Number `json:"created_at_before"`
	}
	if err := api.ReadJSON(r, &body); err != nil {
		return err
	}
	from, err := moment("created_at_after", body.After)
	if err != nil {
		return err
	}
	to, err := moment("created_at_before", body.Before)
	if err != nil {
		return err
	}
	if !from.Before(to) {
		return api.BadRequest("created_at_after must be before created_at_before")
	}
	now := s.options.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.ForeignMessages != nil && s.options.ForeignMessages(now) {
		return api.TooMany("Exceeded rate limit of 1 pending message data export jobs")
	}
	for id, j := range s.jobs {
		switch {
		case j.fate.Pending(now):
			return api.TooMany("Exceeded rate limit of 1 pending message data export jobs")
		case now.After(j.fate.Done.Add(kept)):
			delete(s.jobs, id)
		}
	}
	s.count++
	draw := random.Source(s.options.Seed).At(uint64(s.count), 0xc0)
	j := &job{id: fmt.Sprintf("content%d%010x", s.count, draw.Next()>>24), from: from, to: to}
	j.fate.Done = now.Add(s.options.JobTime("message_data", 0, to.Sub(from)))
	s.jobs[j.id] = j
	api.WriteJob(w, http.StatusOK, j.id, "pending", "", "")
	return nil
}

func moment(name string, seconds *json.Number) (time.Time, error) {
	if seconds == nil {
		return time.Time{}, api.BadRequest("'%s' is a required parameter", name)
	}
	unix, err := seconds.Int64()
	if err != nil || unix < 0 {
		return time.Time{}, api.BadRequest("'%s' must be an integer of epoch seconds", name)
	}
	return time.Unix(unix, 0), nil
}

// job returns a copy of a job that is still known.
func (s *API) job(id string) (job, error) {
	now := s.options.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	j, ok := s.jobs[id]
	if !ok || (!j.fate.Pending(now) && now.After(j.fate.Done.Add(kept))) {
		return job{}, &api.Failure{Status: http.StatusNotFound, Code: "job_not_found", Message: "Export job not found for identifier: " + id}
	}
	return *j, nil
}

func (s *API) status(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	j, err := s.job(r.PathValue("job_identifier"))
	if err != nil {
		return err
	}
	switch {
	case j.fate.Ended != "":
		api.WriteJob(w, http.StatusOK, j.id, j.fate.Ended, "", "")
	case j.fate.Pending(s.options.Now()) && s.options.Speaks("messages-in-progress"):
		api.WriteJob(w, http.StatusOK, j.id, "in_progress", "", "")
	case j.fate.Pending(s.options.Now()):
		api.WriteJob(w, http.StatusOK, j.id, "pending", "", "")
	case s.noData(&j):
		api.WriteJob(w, http.StatusOK, j.id, "no_data", "", "")
	default:
		expires := fmt.Sprint(j.fate.Done.Add(kept).Unix())
		api.WriteJob(w, http.StatusOK, j.id, "completed", "http://"+r.Host+"/download/content/data/"+j.id, expires)
	}
	return nil
}

// noData says whether a job that has ended is told to have nothing to download.
func (s *API) noData(j *job) bool { return !s.options.Speaks("messages-header-only") && s.empty(j) }

func (s *API) empty(j *job) bool {
	for r := range s.receipts(j.from, s.until(j)) {
		if shown(r, j.fate.Done) {
			return false
		}
	}
	return true
}

// until is the moment to which a job can tell: its range's end, or when it ran.
func (s *API) until(j *job) time.Time {
	if j.fate.Done.Before(j.to) {
		return j.fate.Done
	}
	return j.to
}

func (s *API) cancel(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	j, err := s.job(r.PathValue("job_identifier"))
	if err != nil {
		return err
	}
	if !j.fate.Pending(s.options.Now()) {
		return api.BadRequest("The export job is not pending")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs[j.id].fate.Ended = "canceled"
	api.WriteJob(w, http.StatusOK, j.id, "canceled", "", "")
	return nil
}

// Spoil does to a job what a fault asks for.
func (s *API) Spoil(id, fault, arg string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fault == "job-vanished" {
		delete(s.jobs, id)
	} else if j, ok := s.jobs[id]; ok {
		j.fate.Spoil(fault, arg)
	}
}
