package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"intercom-connector/connector/export"
	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
)

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
	kept := export.LongRetention
	if x.Exports.RetentionYears == 2 {
		kept = export.ShortRetention
	}
	if oldest := w.Now.Add(-kept); start.Before(oldest) {
		start = oldest
		x.Warnings = append(x.Warnings, fmt.Sprintf("initial_start_time is earlier than Intercom keeps rows: the first sync begins at %s", start.UTC().Format(time.DateOnly)))
	}
	x.FirstSync.Start = start.UTC()
	read := 0
	for _, d := range x.Datasets {
		if d.Skipped == "" {
			read++
		}
	}
	x.FirstSync.Jobs = plan.Jobs(w.Now.Sub(start), w.Settings.Window, w.Settings.ParallelJobs, read)
	seconds := float64(x.FirstSync.Jobs) * x.Exports.JobSeconds / float64(w.Settings.ParallelJobs)
	x.FirstSync.Minutes = seconds / 60
}
