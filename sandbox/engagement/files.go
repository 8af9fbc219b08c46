package engagement

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/workspace"
)

// receiptColumns are those of the receipt file, the first times of events last.
var receiptColumns = strings.Fields(`
	user_id user_external_id company_id company_external_id email name ruleset_id content_id content_type
	content_title created_via device ruleset_version_id receipt_id received_at conversation_id series_id
	series_title node_id
	first_reply first_completion first_series_completion first_series_disengagement first_series_exit
	first_goal_success first_tour_step_failure first_tour_step_view first_reaction first_open first_click
	first_dismissal first_collected_email first_unsubscribe first_hard_bounce first_soft_bounce
	first_spam_complaint first_permission_grant first_button_tap first_screen_view first_webhook_failure
	first_sms_failure first_whatsapp_failure first_push_failure first_answer first_keyword_reply
	first_people_reached_receipt first_checklist_step_receipt first_checklist_step_open
	first_checklist_step_click first_checklist_step_completion first_fin_helpful_answer first_fin_step_reached`)

func (s *API) download(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	if !strings.Contains(r.Header.Get("Accept"), "application/octet-stream") {
		return api.BadRequest("The Accept header must be application/octet-stream")
	}
	j, err := s.job(r.PathValue("job_identifier"))
	if err != nil {
		return err
	}
	switch {
	case j.expired != 0:
		api.WriteExpired(w, j.expired)
		return nil
	case j.fate != "" || j.pending(s.options.Now()) || s.empty(&j):
		return &api.Failure{Status: http.StatusNotFound, Code: "job_not_found", Message: "Export job not found for identifier: " + j.id}
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if s.options.Speaks("messages-tgz") {
		err = s.writeTar(w, &j)
	} else {
		err = s.writeZip(w, &j)
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the answer must not look whole
	}
	return nil
}

// eachFile calls write for each CSV of a job: receipts first, then a file for
// each event that occurs.
func (s *API) eachFile(j *job, write func(name string, content func(io.Writer) error) error) error {
	span := "_" + j.from.UTC().Format(time.DateOnly) + "_" + j.to.UTC().Format(time.DateOnly) + ".csv"
	if err := write("receipt"+span, func(w io.Writer) error { return s.writeReceipts(w, j) }); err != nil {
		return err
	}
	for _, event := range s.events(j) {
		if err := write(event+span, func(w io.Writer) error { return s.writeEvents(w, j, event) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *API) writeZip(w io.Writer, j *job) error {
	archive := zip.NewWriter(w)
	err := s.eachFile(j, func(name string, content func(io.Writer) error) error {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: j.done})
		if err != nil {
			return err
		}
		return content(entry)
	})
	if err != nil {
		return err
	}
	return archive.Close()
}

// writeTar holds one file at a time: a tar header wants the size first.
func (s *API) writeTar(w io.Writer, j *job) error {
	z := gzip.NewWriter(w)
	archive := tar.NewWriter(z)
	err := s.eachFile(j, func(name string, content func(io.Writer) error) error {
		var whole bytes.Buffer
		if err := content(&whole); err != nil {
			return err
		}
		header := &tar.Header{Name: name, Mode: 0o644, Size: int64(whole.Len()), ModTime: j.done, Format: tar.FormatPAX}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		_, err := archive.Write(whole.Bytes())
		return err
	})
	if err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return z.Close()
}

// told calls yield for each receipt of a job, with the events it tells of.
func (s *API) told(j *job, yield func(workspace.Receipt) error) error {
	until, n := s.until(j), 0
	for r := range s.receipts(j.from, until) {
		if n++; n > s.options.MessageLimit {
			return nil
		}
		from, to := j.from, until
		if s.options.Speaks("messages-all-time") {
			from, to = r.Sent, j.done
		}
		r.Events = between(r.Events, from, to)
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

// events are the names of the events that occur in a job.
func (s *API) events(j *job) []string {
	seen := map[string]bool{}
	_ = s.told(j, func(r workspace.Receipt) error { // that yield has no error
		for _, e := range r.Events {
			seen[e.Name] = true
		}
		return nil
	})
	var names []string
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (s *API) writeReceipts(w io.Writer, j *job) error {
	out := csv.NewWriter(w)
	header := slices.Clone(receiptColumns)
	if s.options.Speaks("messages-dismisall") {
		header[slices.Index(header, "first_dismissal")] = "first_dismisall"
	}
	if err := out.Write(header); err != nil {
		return err
	}
	err := s.told(j, func(r workspace.Receipt) error {
		row := make([]string, len(receiptColumns))
		for i, column := range receiptColumns {
			row[i] = s.receiptCell(r, column)
		}
		return out.Write(row)
	})
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return err
}

func (s *API) receiptCell(r workspace.Receipt, column string) string {
	event, first := strings.CutPrefix(column, "first_")
	switch {
	case column == "receipt_id":
		return r.ID
	case column == "received_at":
		return s.stamp(r.Sent)
	case !first:
		return r.Values[column]
	}
	i := slices.IndexFunc(r.Events, func(e workspace.Event) bool { return e.Name == event })
	if i < 0 {
		return ""
	}
	return s.stamp(r.Events[i].At)
}

func (s *API) writeEvents(w io.Writer, j *job, event string) error {
	extra := s.extraColumns(j, event)
	out := csv.NewWriter(w)
	if err := out.Write(append([]string{"receipt_id", timeColumn(event)}, extra...)); err != nil {
		return err
	}
	err := s.told(j, func(r workspace.Receipt) error {
		for _, e := range r.Events {
			if e.Name != event {
				continue
			}
			row := []string{r.ID, s.stamp(e.At)}
			for _, column := range extra {
				row = append(row, e.Values[column])
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		return nil
	})
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return err
}

// extraColumns are those that only one event's file has.
func (s *API) extraColumns(j *job, event string) []string {
	seen := map[string]bool{}
	_ = s.told(j, func(r workspace.Receipt) error { // that yield has no error
		for _, e := range r.Events {
			for column := range e.Values {
				if e.Name == event {
					seen[column] = true
				}
			}
		}
		return nil
	})
	var columns []string
	for column := range seen {
		columns = append(columns, column)
	}
	slices.Sort(columns)
	return columns
}

func (s *API) stamp(t time.Time) string {
	if s.options.Speaks("messages-times-text") {
		return t.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	return strconv.FormatInt(t.Unix(), 10)
}
