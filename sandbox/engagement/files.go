package engagement

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"maps"
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
	case j.fate.Expired != 0:
		api.WriteExpired(w, j.fate.Expired)
		return nil
	case j.fate.Ended != "" || j.fate.Pending(s.options.Now()) || s.noData(&j):
		return &api.Failure{Status: http.StatusNotFound, Code: "job_not_found", Message: "Export job not found for identifier: " + j.id}
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	switch {
	case s.options.Speaks("messages-tgz"):
		err = s.writeTar(w, &j)
	case s.options.Speaks("messages-gzip"):
		err = s.writeGzip(w, &j)
	default:
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
	span := "_" + j.from.UTC().Format(time.DateOnly) + "_" + j.to.UTC().Format(time.DateOnly)
	parts := 1
	if s.options.Speaks("messages-parts") {
		parts = 2
	}
	for _, stream := range append([]string{"receipt"}, s.events(j)...) {
		if stream == "open" && s.options.Speaks("messages-no-opens") {
			continue
		}
		for part := range parts {
			name := stream + span + ".csv"
			if part > 0 {
				name = fmt.Sprintf("%s%s_%d.csv", stream, span, part+1)
			}
			if err := write(name, func(w io.Writer) error { return s.writeStream(w, j, stream, part, parts) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeStream writes one of the files that a stream's rows come in.
func (s *API) writeStream(w io.Writer, j *job, stream string, part, parts int) error {
	out := &rows{csv: csv.NewWriter(w), part: part, parts: parts, reversed: s.options.Speaks("messages-reversed")}
	var err error
	if stream == "receipt" {
		err = s.writeReceipts(out, j)
	} else {
		err = s.writeEvents(out, j, stream)
	}
	out.csv.Flush()
	if err == nil {
		err = out.csv.Error()
	}
	return err
}

// rows writes each row of a part, in the order of its columns.
type rows struct {
	csv         *csv.Writer
	part, parts int
	n           int // rows so far, after the header
	reversed    bool
}

func (r *rows) header(names []string) error { return r.put(names) }

func (r *rows) row(cells []string) error {
	if r.n++; r.n%r.parts != r.part {
		return nil
	}
	return r.put(cells)
}

func (r *rows) put(cells []string) error {
	if r.reversed {
		cells = slices.Clone(cells)
		slices.Reverse(cells)
	}
	return r.csv.Write(cells)
}

func (s *API) writeGzip(w io.Writer, j *job) error {
	z := gzip.NewWriter(w)
	if err := s.writeStream(z, j, "receipt", 0, 1); err != nil {
		return err
	}
	return z.Close()
}

func (s *API) writeZip(w io.Writer, j *job) error {
	archive := zip.NewWriter(w)
	err := s.eachFile(j, func(name string, content func(io.Writer) error) error {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: j.fate.Done})
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
		header := &tar.Header{Name: name, Mode: 0o644, Size: int64(whole.Len()), ModTime: j.fate.Done, Format: tar.FormatPAX}
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
	for r := range s.inOrder(s.receipts(j.from, until)) {
		if !shown(r, j.fate.Done) {
			continue
		}
		if n++; n > s.options.MessageLimit {
			return nil
		}
		from, to := j.from, until
		if s.options.Speaks("messages-all-time") {
			from, to = r.Sent, j.fate.Done
		}
		r.Events = between(r.Events, from, to, j.fate.Done)
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

// inOrder are receipts in the order of their sending, or by a dialect in none.
func (s *API) inOrder(receipts iter.Seq[workspace.Receipt]) iter.Seq[workspace.Receipt] {
	if !s.options.Speaks("messages-shuffled") {
		return receipts
	}
	all := slices.Collect(receipts)
	slices.SortStableFunc(all, func(a, b workspace.Receipt) int {
		return cmp.Compare(crc32.ChecksumIEEE([]byte(a.ID)), crc32.ChecksumIEEE([]byte(b.ID)))
	})
	return slices.Values(all)
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
	return slices.Sorted(maps.Keys(seen))
}

func (s *API) writeReceipts(out *rows, j *job) error {
	header := slices.Clone(receiptColumns)
	if s.options.Speaks("messages-dismisall") {
		header[slices.Index(header, "first_dismissal")] = "first_dismisall"
	}
	extra := s.options.Speaks("messages-extra")
	if extra {
		header = append(header, "brand_new_field")
	}
	if err := out.header(header); err != nil {
		return err
	}
	return s.told(j, func(r workspace.Receipt) error {
		row := make([]string, len(receiptColumns))
		for i, column := range receiptColumns {
			row[i] = s.receiptCell(r, column)
		}
		if extra {
			row = append(row, "new, "+r.ID)
		}
		return out.row(row)
	})
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

func (s *API) writeEvents(out *rows, j *job, event string) error {
	extra := s.extraColumns(j, event)
	header := append([]string{"receipt_id", timeColumn(event)}, extra...)
	repeats := s.options.Speaks("messages-extra")
	if repeats {
		header = append([]string{"user_id", "received_at"}, header...)
	}
	if err := out.header(header); err != nil {
		return err
	}
	return s.told(j, func(r workspace.Receipt) error {
		for _, e := range r.Events {
			if e.Name != event {
				continue
			}
			row := []string{r.ID, s.stamp(e.At)}
			for _, column := range extra {
				row = append(row, e.Values[column])
			}
			if repeats {
				row = append([]string{r.Values["user_id"], s.stamp(r.Sent)}, row...)
			}
			if err := out.row(row); err != nil {
				return err
			}
		}
		return nil
	})
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
	return slices.Sorted(maps.Keys(seen))
}

func (s *API) stamp(t time.Time) string {
	if s.options.Speaks("messages-times-text") {
		return t.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	return strconv.FormatInt(t.Unix(), 10)
}
