package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
)

// Examination says whether a workspace will work with a configuration, and what
// to do where it will not. It holds no secret.
type Examination struct {
	// Problems are what must be fixed first, each a sentence.
	Problems []string `json:"problems"`
	// Warnings are what a sync does without, such as a key that nobody knows.
	Warnings  []string   `json:"warnings"`
	Workspace Identity   `json:"workspace"`
	RateLimit Budget     `json:"rate_limit"`
	Scopes    []Scope    `json:"scopes"`
	Exports   Exports    `json:"exports"`
	Datasets  []Examined `json:"datasets"`
	FirstSync Estimate   `json:"first_sync"`
}

// Identity is whose token it is.
type Identity struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Region     string `json:"region"`
	Timezone   string `json:"timezone"`
	APIVersion string `json:"api_version"`
}

// Budget is what is left of the rate limit in the present ten seconds.
type Budget struct {
	Remaining int `json:"remaining"`
	Limit     int `json:"limit"`
}

// Scope is a permission of the token, and where to switch it on.
type Scope struct {
	Name    string `json:"name"`
	Needed  bool   `json:"needed"` // by the configuration
	Granted bool   `json:"granted"`
}

// Exports is what two small export jobs tell.
type Exports struct {
	// SlotFree says that one of the workspace's five export slots was free.
	SlotFree   bool    `json:"slot_free"`
	JobSeconds float64 `json:"job_seconds"`
	// RetentionYears is how long Intercom keeps reporting data: 2 or 3; 0 when
	// it could not be asked.
	RetentionYears int `json:"retention_years"`
}

// Examined is a dataset and what it becomes.
type Examined struct {
	ID         string   `json:"id"`
	Attributes int      `json:"attributes"`
	Key        []string `json:"key,omitempty"`
	// Skipped says why the dataset cannot be a table.
	Skipped string `json:"skipped,omitempty"`
}

// Estimate is what the first sync will take, if every job takes as long as the
// one that was tried.
type Estimate struct {
	Start   time.Time `json:"start"`
	Jobs    int       `json:"jobs"`
	Minutes float64   `json:"minutes"`
}

// Examine looks at a workspace as a sync would. It runs up to two export jobs
// over a minute each, and says how long the first sync will take. Only a
// configuration that cannot be read, or a token that Intercom refuses, is an
// error; it is the only problem then.
func (c *Connector) Examine(ctx context.Context, configuration map[string]string) (Examination, error) {
	return c.examine(ctx, configuration, true)
}

// Look is Examine without the export jobs: it takes seconds. Exports, and the
// minutes of the first sync, are zero.
func (c *Connector) Look(ctx context.Context, configuration map[string]string) (Examination, error) {
	return c.examine(ctx, configuration, false)
}

func (c *Connector) examine(ctx context.Context, configuration map[string]string, exports bool) (Examination, error) {
	w, err := c.connect(ctx, configuration)
	if err != nil {
		return Examination{Problems: []string{sentence(err)}}, err
	}
	defer w.Close()
	x := Examination{Workspace: Identity{
		ID: w.Me.AppID, Name: w.Me.AppName, Region: string(w.Me.Region), Timezone: w.Zone.String(), APIVersion: intercom.APIVersion,
	}}
	for _, err := range w.Mismatches() {
		x.problem(err)
	}
	x.unknown(w.Settings)
	x.scopes(ctx, w)
	if err := x.datasets(ctx, w); err != nil {
		x.problem(err)
	} else if exports {
		if err := x.exports(ctx, w); err != nil {
			x.problem(err)
		}
	}
	x.estimate(w)
	x.RateLimit.Remaining, x.RateLimit.Limit, _ = w.Client.Budget()
	return x, nil
}

func (x *Examination) problem(err error) { x.Problems = append(x.Problems, sentence(err)) }

// unknown names the keys that nobody knows: mostly misspelt ones.
func (x *Examination) unknown(settings configuration.Settings) {
	for _, key := range settings.Unknown {
		x.Warnings = append(x.Warnings, fmt.Sprintf("the key %q is not known, and does nothing%s", key, configuration.Suggest(key, configuration.Keys())))
	}
}

// scopes tries a call for each permission.
func (x *Examination) scopes(ctx context.Context, w *workspace.Workspace) {
	memberships := w.Settings.Memberships != configuration.MembershipsNone
	try := func(name string, needed bool, call func() error) {
		err := call()
		api, ok := errors.AsType[*intercom.Error](err)
		refused := ok && (api.Forbidden() || api.Unauthorized())
		x.Scopes = append(x.Scopes, Scope{Name: name, Needed: needed, Granted: !refused})
		if err != nil && (needed || !refused) {
			x.problem(fmt.Errorf("permission %q: %w", name, err))
		}
	}
	try("Export reporting data", true, func() error { _, err := w.Client.Datasets(ctx); return err })
	try("Read and list users and companies", memberships, func() error { _, err := w.Client.ContactsPage(ctx, 1, ""); return err })
	try("Read tags", memberships, func() error { _, err := w.Client.Tags(ctx); return err })
}

// datasets says what each becomes.
func (x *Examination) datasets(ctx context.Context, w *workspace.Workspace) error {
	err := w.ListDatasets(ctx, nil)
	if _, ok := errors.AsType[*configuration.Error](err); ok {
		return err
	}
	if err != nil {
		return nil // its permission was tried, and told of
	}
	for _, d := range w.Datasets {
		examined := Examined{ID: d.ID, Attributes: len(d.Attributes)}
		t, err := dataset.New(d, d.ID, dataset.Choice{Attributes: w.Settings.Attributes[d.ID], Key: w.Settings.PrimaryKeys[d.ID]})
		if skip, ok := errors.AsType[*dataset.SkippedError](err); ok {
			examined.Skipped = skip.Reason
		} else if err != nil {
			x.problem(err)
		} else if examined.Key = t.Key(); t.Occurrence {
			examined.Key = append(examined.Key, csv.OccurrenceColumn)
		}
		x.Datasets = append(x.Datasets, examined)
	}
	return nil
}

// exports runs a job over a recent minute, and one over a minute that only a
// longer retention holds.
func (x *Examination) exports(ctx context.Context, w *workspace.Workspace) error {
	i := slices.IndexFunc(w.Datasets, func(d intercom.Dataset) bool { return len(d.Attributes) > 0 })
	if i < 0 {
		return nil
	}
	job, err := tryExport(ctx, w, w.Datasets[i], w.Now.Add(-2*time.Hour))
	if api, ok := errors.AsType[*intercom.Error](err); ok && api.JobLimit() {
		return nil // no slot is free; that is no problem, the sync waits
	}
	if err != nil {
		return fmt.Errorf("a small export job: %w", err)
	}
	x.Exports.SlotFree = true
	began := time.Now()
	if _, err := w.Client.Await(ctx, job.ID, began); err != nil {
		return fmt.Errorf("a small export job: %w", err)
	}
	x.Exports.JobSeconds = time.Since(began).Seconds()
	x.Exports.RetentionYears = 3
	_, err = tryExport(ctx, w, w.Datasets[i], w.Now.Add(-export.LongRetention+24*time.Hour))
	if api, ok := errors.AsType[*intercom.Error](err); ok && api.Retention() {
		x.Exports.RetentionYears = 2
	} else if err != nil {
		x.Exports.RetentionYears = 0
	}
	return nil
}

func tryExport(ctx context.Context, w *workspace.Workspace, d intercom.Dataset, start time.Time) (intercom.Job, error) {
	return w.Client.Enqueue(ctx, intercom.Export{
		DatasetID: d.ID, AttributeIDs: []string{d.Attributes[0].Request()}, Start: start, End: start.Add(time.Minute),
	})
}

// estimate plays the first sync of each dataset.
func (x *Examination) estimate(w *workspace.Workspace) {
	start := w.Settings.Start.In(w.Zone, w.Now)
	if oldest := w.Now.Add(-export.LongRetention); start.Before(oldest) {
		start = oldest
	}
	x.FirstSync.Start = start.UTC()
	for _, d := range x.Datasets {
		if d.Skipped == "" {
			x.FirstSync.Jobs += plan.Jobs(w.Now.Sub(start), w.Settings.Window, w.Settings.ParallelJobs)
		}
	}
	seconds := float64(x.FirstSync.Jobs) * x.Exports.JobSeconds / float64(w.Settings.ParallelJobs)
	x.FirstSync.Minutes = seconds / 60
}
