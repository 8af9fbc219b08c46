package reporting

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/reporting/table"
	"intercom-connector/sandbox/workspace"
)

// enqueue checks an export's parameters in Intercom's order and starts a job.
func (s *API) enqueue(w http.ResponseWriter, r *http.Request, q api.Request) error {
	var body map[string]json.RawMessage
	if err := api.ReadJSON(r, &body); err != nil {
		return err
	}
	var j job
	if err := s.readExport(body, &j); err != nil {
		return err
	}
	j.selection.Legacy = q.Version < firstQualified
	started, err := s.startJob(j)
	if err != nil {
		return err
	}
	api.WriteJSON(w, http.StatusOK, jobAnswer(started.id, s.options.PendingStatus, "", ""))
	return nil
}

func (s *API) readExport(body map[string]json.RawMessage, j *job) error {
	dataset, err := requiredText(body, "dataset_id")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.tables, func(t table.Table) bool { return t.ID == dataset })
	if i < 0 {
		return api.BadRequest("%s is not a valid dataset_id", dataset)
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
		return api.BadRequest("start_time must be before end_time")
	}
	if s.now().Sub(time.Unix(from, 0)) > s.options.Retention {
		return api.BadRequest("start_time must be within the data retention period of %d days", s.options.Retention/workspace.Day)
	}
	j.span = time.Duration(to-from) * time.Second
	if s.options.ExclusiveEnd {
		to--
	}
	j.selection.From, j.selection.To = from, to
	return nil
}

func requiredText(body map[string]json.RawMessage, name string) (string, error) {
	var value string
	if raw, ok := body[name]; !ok || string(raw) == "null" || string(raw) == `""` {
		return "", api.BadRequest("'%s' is a required parameter", name)
	}
	if json.Unmarshal(body[name], &value) != nil {
		return "", api.BadRequest("'%s' must be a string", name)
	}
	return value, nil
}

// requiredSeconds reads epoch seconds, as a number or as digits in a string.
func requiredSeconds(body map[string]json.RawMessage, name string) (int64, error) {
	raw, ok := body[name]
	if !ok || string(raw) == "null" {
		return 0, api.BadRequest("'%s' is a required parameter", name)
	}
	seconds, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	const farFuture = 100_000_000_000 // the year 5138; beyond it are milliseconds
	if err != nil || seconds < 0 || seconds > farFuture {
		return 0, api.BadRequest("'%s' must be an integer of epoch seconds", name)
	}
	return seconds, nil
}

// readAttributes finds the requested columns by qualified id, or else by bare id.
func (s *API) readAttributes(body map[string]json.RawMessage, t table.Table) ([]table.Column, error) {
	raw, ok := body["attribute_ids"]
	if !ok || string(raw) == "null" {
		return nil, api.BadRequest("'attribute_ids' is a required parameter")
	}
	var ids []string
	if json.Unmarshal(raw, &ids) != nil {
		return nil, api.BadRequest("'attribute_ids' must be an array of strings")
	}
	if len(ids) == 0 {
		return nil, api.BadRequest("attribute_ids must contain at least one attribute_id")
	}
	known := s.present(t)
	places := make(map[string]int, 2*len(known))
	for i, c := range known {
		if _, taken := places[c.ID]; !taken {
			places[c.ID] = i
		}
	}
	for i, c := range known {
		places[c.Key()] = i
	}
	var columns []table.Column
	var wrong []string
	for _, id := range ids {
		if i, ok := places[id]; ok {
			columns = append(columns, known[i])
		} else {
			wrong = append(wrong, id)
		}
	}
	if len(wrong) > 0 {
		return nil, api.BadRequest("attribute_ids invalid for %s dataset: %s", t.ID, strings.Join(wrong, ", "))
	}
	return columns, nil
}
