package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/intercom"
	"intercom-connector/intercom/transport"
)

// result is what one export job gave.
type result struct {
	table  *dataset.Table
	asked  span
	head   []byte // what the CSV begins with
	stats  csv.Stats
	err    error // of reading it
	took   time.Duration
	served time.Time // Intercom's clock when it was asked
}

// How many datasets are tried until one has rows, and how often a range is halved
// until Intercom bears it.
const (
	maxDatasets = 3
	maxHalvings = 5
)

// exports tries the first dataset that has rows, and says of each whether it can be read.
func (p *prober) exports(ctx context.Context) {
	var strange int
	for _, d := range p.w.All {
		if _, known := dataset.Lookup(d.ID); !known {
			strange++
		}
	}
	p.found(Fine, "datasets", "", "%d, %d of them not in the catalogue", len(p.w.All), strange)
	tried, learned := 0, false
	for _, d := range p.w.Datasets {
		table, err := dataset.New(d, d.ID, dataset.Choice{Attributes: p.w.Settings.Attributes[d.ID], Key: p.w.Settings.PrimaryKeys[d.ID], Time: true})
		if errors.As(err, new(*dataset.SkippedError)) {
			continue
		}
		_, known := dataset.Lookup(d.ID)
		switch {
		case err != nil && known:
			p.found(Refused, "datasets", "this dataset is not read", "%v", err)
			continue
		case err != nil: // whose name is nobody else's business
			p.found(Refused, "datasets", "this dataset is not read", "a dataset that is not in the catalogue cannot be read")
			continue
		}
		if tried++; !learned && tried <= maxDatasets {
			learned = p.dataset(ctx, table)
		}
	}
	if learned {
		return
	}
	p.found(Unknown, "rows", "nothing can be said of rows: probe again on another day", "none in the last day")
}

// dataset reads the last day of a dataset, and a part of it whose ends are those of
// rows. It reports false where there is nothing to learn from.
func (p *prober) dataset(ctx context.Context, t *dataset.Table) (learned bool) {
	day, err := p.day(ctx, t)
	if err != nil {
		p.refused(t, err)
		return api(err).JobLimit() || ctx.Err() != nil
	}
	if day.stats.Rows == 0 && day.err == nil {
		return false
	}
	p.report.Dataset = named(t)
	p.found(Fine, "export job", "", "%.1f s for the last %s", day.took.Seconds(), day.asked.length())
	p.prefixes(t)
	c := p.columns(day)
	p.lines(day, c)
	p.values(day)
	zone := p.zone(&day.asked, c.times)
	if zone == nil || len(day.asked.times) == 0 {
		p.found(Unknown, "ends of a range", "", "no row's time is known")
		return true
	}
	p.delay(day, zone)
	part := partOf(day.asked, zone)
	inner, err := p.job(ctx, t, part)
	if err != nil {
		p.refused(t, err)
		return true
	}
	p.ends(day, inner, zone, c.times)
	return true
}

// refused says that a job gave nothing.
func (p *prober) refused(t *dataset.Table, err error) {
	switch e := api(err); {
	case e.JobLimit():
		p.set(configuration.KeyParallelJobs, Unknown, "export slots", "a sync waits for one too: other integrations run exports all the time", "all five were taken for %v", slotWait)
	case e.Forbidden():
		p.found(Refused, "export of "+named(t), "leave it out of dataset_id, or get the permission", "%v", err)
	default:
		p.found(Refused, "export of "+named(t), "", "%v", err)
	}
}

// api is Intercom's answer; none says anything of an error that is not.
func api(err error) *intercom.Error {
	if e, ok := errors.AsType[*intercom.Error](err); ok {
		return e
	}
	return &intercom.Error{}
}

// named is a dataset's id, if it is Intercom's.
func named(t *dataset.Table) string {
	if _, known := dataset.Lookup(t.Dataset); known {
		return t.Dataset
	}
	return "a dataset that is not in the catalogue"
}

// day reads the last day, or as much of it as one job bears. What comes without a
// row is asked for once more.
func (p *prober) day(ctx context.Context, t *dataset.Table) (result, error) {
	asked := span{from: p.w.Now.Add(-24 * time.Hour), to: p.w.Now}
	var failed error
	for try := 0; ; try++ {
		r, err := p.job(ctx, t, asked)
		if try < maxHalvings && ctx.Err() == nil && mayBeTooLong(err) {
			failed = err
			asked.from = asked.to.Add(-asked.to.Sub(asked.from) / 2)
			continue
		}
		if err != nil {
			return r, err
		}
		if failed != nil {
			p.found(Fine, "length of a job", "windows that fail are split", "a longer one than %s fails", asked.length())
		}
		if r.stats.Rows > 0 || r.err != nil {
			return r, nil
		}
		again, err := p.job(ctx, t, asked)
		if err == nil && again.stats.Rows > 0 {
			p.found(Warned, "empty exports", "rows that a first job left out come when the last day is read again", "a job gave no row, and the same one again gave some")
		}
		return again, err
	}
}

// mayBeTooLong reports an error that a shorter range may not meet.
func mayBeTooLong(err error) bool {
	if _, ended := errors.AsType[*intercom.JobError](err); ended {
		return true
	}
	e, ok := errors.AsType[*intercom.Error](err)
	return ok && e.Transient()
}

// The longest wait for an export slot, and the pause between two looks.
const (
	slotWait  = 3 * time.Minute
	slotPause = 10 * time.Second
)

// job runs one export job and reads its CSV.
func (p *prober) job(ctx context.Context, t *dataset.Table, asked span) (result, error) {
	var attributes []string
	for _, c := range t.Columns {
		attributes = append(attributes, c.Attribute.Request())
	}
	r := result{table: t, asked: span{from: asked.from, to: asked.to}}
	var began time.Time
	var job intercom.Job
	for waited := time.Duration(0); ; waited += slotPause {
		var err error
		began = time.Now()
		job, err = p.w.Client.Enqueue(ctx, intercom.Export{DatasetID: t.Dataset, AttributeIDs: attributes, Start: asked.from, End: asked.to})
		if err == nil {
			if waited == 0 && !p.slot {
				p.found(Fine, "export slots", "", "one was free at once")
			} else if waited > 0 {
				p.set(configuration.KeyParallelJobs, Warned, "export slots", "other integrations run exports: with fewer parallel_jobs a sync leaves slots to them", "all five were taken for %v", waited)
			}
			p.slot = true
			break
		}
		if !api(err).JobLimit() || waited >= slotWait {
			return r, err
		}
		if err := transport.Sleep(ctx, slotPause); err != nil {
			return r, err
		}
	}
	r.served = job.ServerTime
	if r.served.IsZero() {
		r.served = p.w.Now
	}
	job, err := p.w.Client.Await(ctx, job.ID, began)
	if err != nil {
		return r, err
	}
	r.took = time.Since(began)
	stream, err := p.w.Client.Download(ctx, job)
	if e := api(err); err != nil && e.Empty() {
		return r, nil // not a byte: no rows
	}
	if err != nil {
		return r, err
	}
	defer stream.Close()
	return r, r.read(ctx, stream)
}

// partOf is a range within another whose ends are those of rows.
func partOf(day span, zone *time.Location) span {
	var at []int64
	for _, wall := range day.times {
		at = append(at, instant(wall, zone))
	}
	slices.Sort(at)
	from, to := at[len(at)/3], at[len(at)*2/3]
	if from == to {
		from, to = at[0], at[len(at)-1]
	}
	if from == to {
		to += 3600
	}
	return span{from: time.Unix(from, 0), to: time.Unix(to, 0)}
}

func (s span) length() string {
	if hours := s.to.Sub(s.from).Hours(); hours != 1 {
		return fmt.Sprintf("%.3g hours", hours)
	}
	return "hour"
}
