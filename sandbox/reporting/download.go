package reporting

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/random"
	"intercom-connector/sandbox/reporting/body"
)

// download answers with an export's rows, made as they are sent.
func (s *API) download(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	if !strings.Contains(r.Header.Get("Accept"), "application/octet-stream") {
		return api.BadRequest("The Accept header must be application/octet-stream")
	}
	j, err := s.job(r.PathValue("job_identifier"))
	switch {
	case err != nil:
		return err
	case j.fate.Expired != 0:
		api.WriteExpired(w, j.fate.Expired)
		return nil
	case j.fate.Ended != "" || j.fate.Pending(s.now()) || s.tooLong(&j):
		return api.NotFound("Export job not found for identifier: %s", j.id)
	}
	if s.redirect(w, r, &j) {
		return nil
	}
	if s.options.Speaks("result-late") && s.countAsked(j.id, func(j *job) *int { return &j.fetched }) < lateAnswers {
		return api.NotFound("Export job not found for identifier: %s", j.id)
	}
	return s.send(w, r, &j)
}

// send answers with the job's rows.
func (s *API) send(w http.ResponseWriter, r *http.Request, j *job) error {
	packed := body.Body{Options: &s.options, Time: j.fate.Done, CSV: func(w io.Writer, part int) error { return s.writeCSV(w, j, part) }}
	if err := packed.Write(w, r); err != nil {
		// The client is gone, or the body broke; either way the answer must
		// not look whole.
		panic(http.ErrAbortHandler)
	}
	return nil
}

// redirect sends a download elsewhere, where a dialect has it so.
func (s *API) redirect(w http.ResponseWriter, r *http.Request, j *job) (elsewhere bool) {
	base := ""
	switch s.options.Answer("redirected") {
	case "redirected":
	case "redirected-elsewhere":
		base = otherHost(r)
	default:
		return false
	}
	w.Header().Set("Location", base+"/files/reporting_data/"+j.id+"?"+url.Values{"signature": {s.signature(j.id)}}.Encode())
	w.WriteHeader(http.StatusFound)
	return true
}

// otherHost stands for a storage provider's: this machine by another name.
func otherHost(r *http.Request) string {
	name, port, _ := strings.Cut(r.Host, ":")
	other := "localhost"
	if name == other {
		other = "127.0.0.1"
	}
	return "http://" + strings.TrimSuffix(other+":"+port, ":")
}

// file answers for a file's own address: with its rows, to whoever brings its
// signature, or with what a dialect has instead. Another host than Intercom's
// refuses a request that carries a token.
func (s *API) file(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	answer := s.options.Answer("redirected")
	if answer == "" {
		return s.refuseFile(w)
	}
	j, err := s.job(r.PathValue("job_identifier"))
	switch {
	case err != nil:
		return err
	case answer == "redirected-elsewhere" && r.Header.Get("Authorization") != "":
		return api.BadRequest("A request has a signature or a token, not both")
	case r.URL.Query().Get("signature") != s.signature(j.id):
		return api.BadRequest("The signature does not match")
	}
	return s.send(w, r, &j)
}

// refuseFile answers for a download_url that a dialect lets lead nowhere.
func (s *API) refuseFile(w http.ResponseWriter) error {
	status := http.StatusNotFound
	if s.options.Speaks("url-403") {
		status = http.StatusForbidden
	}
	api.WriteExpired(w, status)
	return nil
}

// downloadURL is where a finished job's rows are.
func (s *API) downloadURL(r *http.Request, j *job) string {
	if s.options.NoDownloadURL {
		return ""
	}
	base, query := s.options.DownloadBase, url.Values{"app_id": {s.options.AppID}, "job_identifier": {j.id}}
	if base == "" {
		base = "http://" + r.Host
	} else {
		query.Set("signature", s.signature(j.id))
	}
	path := "/download/reporting_data/"
	if s.options.Speaks("url-403") || s.options.Speaks("url-404") {
		path = "/files/reporting_data/"
	}
	return strings.TrimSuffix(base, "/") + path + j.id + "?" + query.Encode()
}

// signature stands for the token in a download_url of another host.
func (s *API) signature(id string) string {
	draw := random.Source(s.options.Seed).At(random.SaltOf(id), 0x51)
	return fmt.Sprintf("%016x", draw.Next())
}

// Signed says whether a request carries a job's signature.
func (s *API) Signed(r *http.Request) bool {
	id, ok := strings.CutPrefix(r.URL.Path, "/download/reporting_data/")
	if file, is := strings.CutPrefix(r.URL.Path, "/files/reporting_data/"); is {
		return s.options.Speaks("redirected-elsewhere") && r.URL.Query().Get("signature") == s.signature(file)
	}
	return ok && s.options.DownloadBase != "" && r.URL.Query().Get("signature") == s.signature(id)
}
