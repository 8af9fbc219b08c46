package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/record"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
)

// Bill is what a table comes to in a month of thirty days, as the rows of the last
// week were.
type Bill struct {
	// Rows are new ones. With "send": "changed" they are the monthly active rows,
	// and with them rows of earlier months that change.
	Rows int64 `json:"rows"`
	// All are the active rows with "send": "all": a row that is read again in the next
	// month is billed again.
	All int64 `json:"active_rows_with_all"`
}

const (
	billedDays = 7
	monthDays  = 30
	// countingFor is how long the counting may take: a person waits.
	countingFor = 2 * time.Minute
)

// bill counts each dataset's rows of the last week, by a job that asks for one
// attribute. What cannot be counted now is a warning.
func (x *Examination) bill(ctx context.Context, w *workspace.Workspace) {
	within, cancel := context.WithTimeout(ctx, countingFor)
	defer cancel()
	var mu sync.Mutex
	var uncounted []string
	var jobs errgroup.Group
	jobs.SetLimit(w.Settings.ParallelJobs)
	for i := range x.Datasets {
		at := slices.IndexFunc(w.Datasets, func(d intercom.Dataset) bool { return d.ID == x.Datasets[i].ID })
		if x.Datasets[i].Skipped != "" || at < 0 {
			continue
		}
		jobs.Go(func() error {
			rows, err := count(within, w, w.Datasets[at])
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				uncounted = append(uncounted, x.Datasets[i].ID)
				return nil
			}
			month := rows * monthDays / billedDays
			x.Datasets[i].Bill = &Bill{Rows: month, All: month + month*int64(w.Settings.LookbackDays)/monthDays}
			return nil
		})
	}
	_ = jobs.Wait()
	if len(uncounted) > 0 {
		slices.Sort(uncounted)
		x.Warnings = append(x.Warnings, fmt.Sprintf("the rows of a month are not known, since they could not be counted now: %v", uncounted))
	}
}

// count is how many rows a dataset has of the last week.
func count(ctx context.Context, w *workspace.Workspace, d intercom.Dataset) (int64, error) {
	a := d.Attributes[0]
	began := time.Now()
	job, err := w.Client.Enqueue(ctx, intercom.Export{
		DatasetID: d.ID, AttributeIDs: []string{a.Request()}, Start: w.Now.AddDate(0, 0, -billedDays), End: w.Now,
	})
	if err == nil {
		job, err = w.Client.Await(ctx, job.ID, began)
	}
	if err != nil {
		return 0, err
	}
	blocks, err := w.Client.Download(ctx, job)
	if api, ok := errors.AsType[*intercom.Error](err); ok && api.Empty() {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer blocks.Close()
	encoder, err := record.NewEncoder(csv.Table{
		Name: d.ID, TimeField: -1,
		Header:  []csv.Field{{ID: a.ID, QualifiedID: a.QualifiedID, Name: a.Name}},
		Columns: []csv.Column{{Name: a.ID}},
	})
	if err != nil {
		return 0, err
	}
	stats, err := encoder.Encode(ctx, blocks, csv.Window{}, func(b *record.Batch) error { b.Free(); return nil })
	return stats.Rows, err
}
