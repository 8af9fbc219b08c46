package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// getDatasets lists the datasets and their attributes.
func (s *Sandbox) getDatasets(w http.ResponseWriter, r *http.Request, _ Request) error {
	minor, err := s.minorVersion(r)
	if err != nil {
		return err
	}
	qualified := minor >= firstQualified && !s.options.NoQualifiedIDs
	list := []any{}
	for _, t := range s.tables {
		attributes := []any{}
		for _, c := range s.present(t) {
			a := map[string]any{"id": c.id, "name": orNull(c.name)}
			if qualified {
				a["qualified_id"] = orNull(c.qualified)
			}
			attributes = append(attributes, a)
		}
		list = append(list, map[string]any{
			"id": t.id, "name": orNull(t.name), "description": orNull(t.description),
			"default_time_attribute_id": orNull(t.timeAttribute), "attributes": attributes,
		})
	}
	writeJSON(w, http.StatusOK, map[string]any{"type": "list", "data": list})
	return nil
}

// present are the columns that are not hidden now.
func (s *Sandbox) present(t table) []column {
	if s.options.Hidden == nil {
		return t.columns
	}
	now := s.now()
	return slices.DeleteFunc(slices.Clone(t.columns), func(c column) bool { return s.options.Hidden(t.id, c.key(), now) })
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// enqueue checks an export's parameters in Intercom's order and starts a job.
func (s *Sandbox) enqueue(w http.ResponseWriter, r *http.Request, _ Request) error {
	minor, err := s.minorVersion(r)
	if err != nil {
		return err
	}
	var body map[string]json.RawMessage
	if err := readJSON(r, &body); err != nil {
		return err
	}
	var j job
	if err := s.readExport(body, &j); err != nil {
		return err
	}
	j.selection.legacy = minor < firstQualified
	started, err := s.startJob(j)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jobAnswer(started.id, s.options.PendingStatus, "", ""))
	return nil
}

func readJSON(r *http.Request, into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 8<<20))
	if err := decoder.Decode(into); err != nil {
		return badRequest("The request body is not valid JSON")
	}
	return nil
}

func (s *Sandbox) readExport(body map[string]json.RawMessage, j *job) error {
	dataset, err := requiredText(body, "dataset_id")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.tables, func(t table) bool { return t.id == dataset })
	if i < 0 {
		return badRequest("%s is not a valid dataset_id", dataset)
	}
	j.table = s.tables[i]
	if j.columns, err = s.readAttributes(body, j.table); err != nil {
		return err
	}
	from, err := requiredSeconds(body, "start_time")
	if err != nil {
		return err
	}
	to, err := requiredSeconds(body, "end_time")
	if err != nil {
		return err
	}
	if from >= to {
		return badRequest("start_time must be before end_time")
	}
	if s.now().Sub(time.Unix(from, 0)) > s.options.Retention {
		return badRequest("start_time must be within the data retention period of %d days", s.options.Retention/day)
	}
	j.span = time.Duration(to-from) * time.Second
	if s.options.ExclusiveEnd {
		to--
	}
	j.selection.from, j.selection.to = from, to
	return nil
}

func requiredText(body map[string]json.RawMessage, name string) (string, error) {
	var value string
	if raw, ok := body[name]; !ok || string(raw) == "null" || string(raw) == `""` {
		return "", badRequest("'%s' is a required parameter", name)
	}
	if json.Unmarshal(body[name], &value) != nil {
		return "", badRequest("'%s' must be a string", name)
	}
	return value, nil
}

// requiredSeconds reads epoch seconds, as a number or as digits in a string.
func requiredSeconds(body map[string]json.RawMessage, name string) (int64, error) {
	raw, ok := body[name]
	if !ok || string(raw) == "null" {
		return 0, badRequest("'%s' is a required parameter", name)
	}
	seconds, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	const farFuture = 100_000_000_000 // the year 5138; beyond it are milliseconds
	if err != nil || seconds < 0 || seconds > farFuture {
		return 0, badRequest("'%s' must be an integer of epoch seconds", name)
	}
	return seconds, nil
}

// readAttributes finds the requested columns by qualified id, or else by bare id.
func (s *Sandbox) readAttributes(body map[string]json.RawMessage, t table) ([]column, error) {
	raw, ok := body["attribute_ids"]
	if !ok || string(raw) == "null" {
		return nil, badRequest("'attribute_ids' is a required parameter")
	}
	var ids []string
	if json.Unmarshal(raw, &ids) != nil {
		return nil, badRequest("'attribute_ids' must be an array of strings")
	}
	if len(ids) == 0 {
		return nil, badRequest("attribute_ids must contain at least one attribute_id")
	}
	known := s.present(t)
	places := make(map[string]int, 2*len(known))
	for i, c := range known {
		if _, taken := places[c.id]; !taken {
			places[c.id] = i
		}
	}
	for i, c := range known {
		places[c.key()] = i
	}
	var columns []column
	var wrong []string
	for _, id := range ids {
		if i, ok := places[id]; ok {
			columns = append(columns, known[i])
		} else {
			wrong = append(wrong, id)
		}
	}
	if len(wrong) > 0 {
		return nil, badRequest("attribute_ids invalid for %s dataset: %s", t.id, strings.Join(wrong, ", "))
	}
	return columns, nil
}

// jobStatus tells how far a job is.
func (s *Sandbox) jobStatus(w http.ResponseWriter, r *http.Request, _ Request) error {
	j, err := s.job(r.PathValue("job_identifier"))
	if err != nil {
		return err
	}
	now := s.now()
	if now.Before(j.enqueued.Add(s.options.JobLag)) {
		return notFound("Export job not found for identifier: %s", j.id)
	}
	switch {
	case j.fate != "":
		writeJSON(w, http.StatusOK, jobAnswer(j.id, j.fate, "", ""))
	case j.stuck || now.Before(j.done):
		writeJSON(w, http.StatusOK, jobAnswer(j.id, s.options.PendingStatus, "", ""))
	case s.options.NoData && s.count(&j) == 0:
		writeJSON(w, http.StatusOK, jobAnswer(j.id, "no_data", "", ""))
	default:
		url := s.downloadURL(r, &j)
		expires := strconv.FormatInt(j.done.Add(s.options.JobTTL).Unix(), 10)
		writeJSON(w, http.StatusOK, jobAnswer(j.id, s.options.DoneStatus, url, expires))
	}
	return nil
}

func jobAnswer(id, status, url, expires string) map[string]any {
	return map[string]any{"job_identifier": id, "status": status, "download_url": url, "download_expires_at": expires}
}
