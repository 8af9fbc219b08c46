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

// retention is how far back start_time may lie.
const retention = 2 * 365 * workspace.Day

// enqueue checks an export's parameters in Intercom's order and starts a job.
func (s *API) enqueue(w http.ResponseWriter, r *http.Request, q api.Request) error {
	var body map[string]json.RawMessage
	if err := api.ReadJSON(r, &body); err != nil {
		return err
	}
	var j job
	if err := s.readExport(body, &j, q); err != nil {
		return err
	}
	j.selection.Legacy = q.Version < firstQualified
	started, err := s.startJob(j)
	if err != nil {
		return err
	}
	s.writeJob(w, http.StatusOK, started.id, s.options.PendingStatus, "", "")
	return nil
}

func (s *API) readExport(body map[string]json.RawMessage, j *job, q api.Request) error {
	dataset, err := requiredText(body, "dataset_id")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.tables, func(t table.Table) bool { return t.ID == dataset })
	if i < 0 {
		return api.BadRequest("%s is not a valid dataset_id", dataset)
	}
	j.table = s.tables[i]
	if err := s.forbidden(j.table); err != nil {
		return err
	}
	if j.columns, err = s.readAttributes(body, j.table, q); err != nil {
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
	if s.now().Sub(time.Unix(from, 0)) > retention {
		return api.BadRequest("start_time must be within the data retention period of %d days", retention/workspace.Day)
	}
	j.span = time.Duration(to-from) * time.Second
	ends := s.options.Answer("ends")
	if s.options.ExclusiveEnd || ends == "ends-start-only" || ends == "ends-neither" {
		to--
	}
	if ends == "ends-end-only" || ends == "ends-neither" {
		from++
	}
	j.selection.From, j.selection.To = from, to
	return nil
}

// forbidden refuses an export of the dataset that a dialect forbids.
func (s *API) forbidden(t table.Table) error {
	answer := s.options.Answer("dataset-forbidden")
	if answer == "" || !s.isLast(t) {
		return nil
	}
	switch answer {
	case "dataset-forbidden-402":
		return &api.Failure{Status: http.StatusPaymentRequired, Code: "api_plan_restricted", Message: "Active subscription needed."}
	case "dataset-forbidden-403":
		return &api.Failure{Status: http.StatusForbidden, Code: "forbidden", Message: "You do not have permission to export this dataset"}
	}
	return api.Unauthorized("unauthorized", "Access to this dataset is not authorized")
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

// readAttributes finds the requested columns by qualified id; by bare id where
// the version, the workspace or the attribute knows no qualified one.
func (s *API) readAttributes(body map[string]json.RawMessage, t table.Table, q api.Request) ([]table.Column, error) {
	raw, ok := body["attribute_ids"]
	if !ok || string(raw) == "null" {
		return nil, api.BadRequest("'attribute_ids' is a required parameter")
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil, api.BadRequest("'attribute_ids' %s must be of type Array", strings.Trim(string(raw), `"`))
	}
	if len(list) == 0 {
		return nil, api.BadRequest("attribute_ids must contain at least one attribute_id")
	}
	known := s.present(t)
	places := s.requestable(known, q)
	var columns []table.Column
	var wrong []string
	for _, raw := range list {
		var id string
		if json.Unmarshal(raw, &id) != nil {
			id = string(raw) // such as a number
		}
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

// requestable is where the ids that a request may name stand among the columns.
func (s *API) requestable(known []table.Column, q api.Request) map[string]int {
	places := make(map[string]int, 2*len(known))
	for i, c := range known {
		if _, taken := places[c.ID]; !taken && (c.Listed == "" || !s.qualifies(q)) {
			places[c.ID] = i
		}
	}
	for i, c := range known {
		if c.Listed != "" && !s.options.NoQualifiedIDs {
			places[c.Listed] = i
		}
	}
	return places
}
