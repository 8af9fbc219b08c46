package reporting

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
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
	case j.fate.Ended != "":
		s.writeJob(w, http.StatusOK, j.id, j.fate.Ended, "", "")
	case j.fate.Pending(now):
		s.writeJob(w, http.StatusOK, j.id, s.options.PendingStatus, "", "")
	case s.tooLong(&j):
		return s.refuseLong(w, &j)
	case s.options.NoData && s.count(&j) == 0:
		s.writeJob(w, http.StatusOK, j.id, "no_data", "", "")
	default:
		s.writeFinished(w, r, &j)
	}
	return nil
}

func (s *API) writeFinished(w http.ResponseWriter, r *http.Request, j *job) {
	status, url := s.options.DoneStatus, s.downloadURL(r, j)
	expires := strconv.FormatInt(j.fate.Done.Add(s.options.JobTTL).Unix(), 10)
	if s.options.Speaks("status-back") && s.countAsked(j.id, func(j *job) *int { return &j.told }) == 1 {
		s.writeJob(w, http.StatusOK, j.id, s.options.PendingStatus, "", "")
		return
	}
	switch s.options.Answer("download-url") {
	case "url-while-pending":
		status = s.options.PendingStatus
	case "url-late":
		if s.countAsked(j.id, func(j *job) *int { return &j.asked }) < lateAnswers {
			url, expires = "", ""
		}
	}
	s.writeJob(w, http.StatusOK, j.id, status, url, expires)
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
	case "long-windows-failed", "long-windows-503", "long-windows-html":
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
	case "long-windows-html":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, err := io.WriteString(w, "<html><head><title>502 Bad Gateway</title></head></html>\n")
		return err
	case "long-windows-504":
		status = http.StatusGatewayTimeout
	}
	s.writeJob(w, status, j.id, "failed", "", "")
	return nil
}

// writeJob tells of a job as the dialects have it.
func (s *API) writeJob(w http.ResponseWriter, code int, id, status, url, expires string) {
	switch s.options.Answer("jobs-told") {
	case "jobs-told-by-500":
		code = http.StatusInternalServerError
	case "jobs-told-by-502":
		code = http.StatusBadGateway
	case "jobs-told-by-504":
		code = http.StatusGatewayTimeout
	}
	if s.options.Speaks("status-capitals") {
		status = strings.ToUpper(status)
	}
	var identifier any = id
	if s.options.Speaks("job-id-number") {
		identifier = json.Number(id)
	}
	api.WriteJob(w, code, identifier, status, url, expires)
}
