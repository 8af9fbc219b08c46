package reporting

import (
	"net/http"
	"strconv"
	"time"

	"intercom-connector/sandbox/api"
)

// jobStatus tells how far a job is.
func (s *API) jobStatus(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	j, err := s.job(r.PathValue("job_identifier"))
	if err != nil {
		return err
	}
	now := s.now()
	if now.Before(j.enqueued.Add(s.options.JobLag)) {
		return api.NotFound("Export job not found for identifier: %s", j.id)
	}
	switch {
	case j.fate != "":
		api.WriteJSON(w, http.StatusOK, jobAnswer(j.id, j.fate, "", ""))
	case j.stuck || now.Before(j.done):
		api.WriteJSON(w, http.StatusOK, jobAnswer(j.id, s.options.PendingStatus, "", ""))
	case s.tooLong(&j):
		return s.refuseLong(w, &j)
	case s.options.NoData && s.count(&j) == 0:
		api.WriteJSON(w, http.StatusOK, jobAnswer(j.id, "no_data", "", ""))
	default:
		s.writeFinished(w, r, &j)
	}
	return nil
}

func (s *API) writeFinished(w http.ResponseWriter, r *http.Request, j *job) {
	status, url := s.options.DoneStatus, s.downloadURL(r, j)
	expires := strconv.FormatInt(j.done.Add(s.options.JobTTL).Unix(), 10)
	switch s.options.Answer("download-url") {
	case "url-while-pending":
		status = s.options.PendingStatus
	case "url-late":
		if s.countAsked(j.id, func(j *job) *int { return &j.asked }) < lateAnswers {
			url, expires = "", ""
		}
	}
	api.WriteJSON(w, http.StatusOK, jobAnswer(j.id, status, url, expires))
}

// lateAnswers is how often what comes late is not there yet.
const lateAnswers = 2

// countAsked counts how often something of a job was asked for, from 0.
func (s *API) countAsked(id string, of func(*job) *int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, ok := s.jobs.known[id]
	if !ok {
		return 0
	}
	n := of(j)
	*n++
	return *n - 1
}

// tooLong says whether the job's range is longer than a dialect bears.
func (s *API) tooLong(j *job) bool {
	switch s.options.Answer("long-windows") {
	case "long-windows-504":
		return j.span > 2*time.Hour
	case "long-windows-failed", "long-windows-503":
		return j.span > 6*time.Hour
	}
	return false
}

// refuseLong tells that a job failed because of its range.
func (s *API) refuseLong(w http.ResponseWriter, j *job) error {
	status := http.StatusOK
	switch s.options.Answer("long-windows") {
	case "long-windows-503":
		return &api.Failure{Status: http.StatusServiceUnavailable, Code: "service_unavailable", Message: "Sorry, the API service is temporarily unavailable"}
	case "long-windows-504":
		status = http.StatusGatewayTimeout
	}
	api.WriteJSON(w, status, jobAnswer(j.id, "failed", "", ""))
	return nil
}

func jobAnswer(id, status, url, expires string) map[string]any {
	return map[string]any{"job_identifier": id, "status": status, "download_url": url, "download_expires_at": expires}
}
