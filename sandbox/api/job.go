package api

import (
	"net/http"
	"time"
)

// Fate is what becomes of an export job: it is pending until its time has come,
// and then done, or what a fault has made of it.
type Fate struct {
	Done    time.Time
	Ended   string // the status in which it ended otherwise than well
	Expired int    // the HTTP status of its downloads, by a fault
	stuck   bool   // never done, by a fault
}

// Pending says whether the job holds one of the workspace's slots.
func (f *Fate) Pending(now time.Time) bool {
	return f.Ended == "" && (f.stuck || now.Before(f.Done))
}

// Spoil does to a job what a fault asks for, but for making it vanish.
func (f *Fate) Spoil(fault, arg string) {
	switch fault {
	case "job-pending-forever":
		f.stuck = true
	case "job-failed":
		f.Ended = "failed"
		if arg != "" {
			f.Ended = arg
		}
	case "url-expired-403":
		f.Expired = http.StatusForbidden
	case "url-expired-404":
		f.Expired = http.StatusNotFound
	}
}

// WriteJob tells of a job, with an HTTP status.
func WriteJob(w http.ResponseWriter, code int, id any, status, url, expires string) {
	WriteJSON(w, code, map[string]any{
		"job_identifier": id, "status": status, "download_url": url, "download_expires_at": expires,
	})
}
