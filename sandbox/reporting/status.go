package reporting

import (
	"net/http"
	"strconv"

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
	case s.options.NoData && s.count(&j) == 0:
		api.WriteJSON(w, http.StatusOK, jobAnswer(j.id, "no_data", "", ""))
	default:
		url := s.downloadURL(r, &j)
		expires := strconv.FormatInt(j.done.Add(s.options.JobTTL).Unix(), 10)
		api.WriteJSON(w, http.StatusOK, jobAnswer(j.id, s.options.DoneStatus, url, expires))
	}
	return nil
}

func jobAnswer(id, status, url, expires string) map[string]any {
	return map[string]any{"job_identifier": id, "status": status, "download_url": url, "download_expires_at": expires}
}
