// Package reporting answers the calls of the reporting data export: the list of
// datasets, jobs and their status, and downloads, whose rows are made as they
// are sent. Its truth is what a perfect reader would hold.
package reporting

import (
	"sync"
	"time"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/directory"
	"intercom-connector/sandbox/reporting/columns"
	"intercom-connector/sandbox/reporting/table"
	"intercom-connector/sandbox/workspace"
)

// API answers the calls about the reporting data export.
type API struct {
	options   workspace.Options
	zone      *time.Location
	tables    []table.Table
	people    *directory.Directory
	generator *conversation.Generator
	changes   time.Time // when dialects change datasets
	counts    bool      // JobTime wants to know how many rows a job has

	mu         sync.Mutex
	jobs       jobs
	jobLimited int
	rows       int64
	emptied    map[string]string // job by dataset whose rows a dialect withholds
}

func New(o workspace.Options, people *directory.Directory) *API {
	s := &API{counts: o.JobTime != nil, people: people}
	s.options = o.WithDefaults()
	o = s.options
	s.zone = zoneOf(o.Timezone)
	s.emptied = map[string]string{}
	s.jobs.known = map[string]*job{}
	s.generator = conversation.New(o, s.zone)
	for _, d := range o.Datasets {
		s.tables = append(s.tables, givenTable(d))
	}
	if len(o.Datasets) == 0 {
		s.tables = columns.BuiltinTables(s.generator, o.EmptyCopilot)
	}
	s.changes = o.Now().Add(firstChange)
	s.vary()
	return s
}

func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // Check has loaded it
	}
	return zone
}

// firstQualified is the first minor version of 2 that gives qualified ids and
// exports conversations without a user's reply.
const firstQualified = 16

const (
	EnqueuePattern  = "POST /export/reporting_data/enqueue"
	StatusPattern   = "GET /export/reporting_data/{job_identifier}"
	DownloadPattern = "GET /download/reporting_data/{job_identifier}"
)

func (s *API) Endpoints() []api.Endpoint {
	return []api.Endpoint{
		{Pattern: "GET /export/reporting_data/get_datasets", Scope: workspace.ScopeReporting, Answer: s.getDatasets},
		{Pattern: EnqueuePattern, Scope: workspace.ScopeReporting, Answer: s.enqueue},
		{Pattern: StatusPattern, Scope: workspace.ScopeReporting, Answer: s.jobStatus},
		{Pattern: DownloadPattern, Scope: workspace.ScopeReporting, Answer: s.download},
		{Pattern: "GET /conversations/deleted", Scope: workspace.ScopeDeleted, Answer: s.listDeleted},
		{Pattern: "GET /files/reporting_data/{job_identifier}", Answer: s.file},
	}
}

func (s *API) now() time.Time { return s.options.Now() }
