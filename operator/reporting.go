package operator

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"intercom-connector/connector/export/dataset"
	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/operator/lake"
)

// Reporting says which exports land in the lake. A dataset is a table of its
// id; a row's day is that of its time attribute in the workspace's zone.
type Reporting struct {
	Datasets []string       // ids, or "all"
	Since    time.Time      // the first day is the one that holds this moment
	Zone     *time.Location // the workspace's: of days, and of times without a zone
	NoPII    bool           // leave out attributes that say who a contact is
	// OnRow, when set, hears of every row. It is called by several goroutines.
	OnRow func(table string)
}

const (
	exportsAtOnce = 4 // a workspace has five pending jobs, shared with others
	exportTries   = 3
	jobLimitPause = 15 * time.Second
	jobLimitTries = 240 // an hour
	rowsAppear    = time.Hour
)

// Report exports each dataset day by day and publishes all days at once.
// Days that have not ended an hour ago are published as not complete.
func Report(ctx context.Context, l *lake.Lake, client *intercom.Client, o Reporting) ([]lake.Publication, error) {
	datasets, err := chosenDatasets(ctx, client, o.Datasets)
	if err != nil {
		return nil, err
	}
	var tables []string
	for _, d := range datasets {
		tables = append(tables, dataset.Snake(d.ID))
	}
	days := daysSince(o.Since.In(o.Zone), l.Now().In(o.Zone))
	if len(days) == 0 {
		return nil, fmt.Errorf("since %s is in the future", o.Since.Format(time.RFC3339))
	}
	r, err := l.Begin(ctx, tables, days[0].Format(time.DateOnly), days[len(days)-1].Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	publications, err := exportAll(ctx, l, r, client, o, datasets, days)
	if err != nil {
		return nil, errors.Join(err, r.Abandon(ctx))
	}
	return publications, r.Commit(ctx, publications)
}

// chosenDatasets looks the datasets up; one that cannot be exported is refused
// by name, or passed over when all were asked for.
func chosenDatasets(ctx context.Context, client *intercom.Client, ids []string) ([]intercom.Dataset, error) {
	known, err := client.Datasets(ctx)
	if err != nil {
		return nil, err
	}
	all := slices.Contains(ids, "all")
	var chosen []intercom.Dataset
	for _, d := range known {
		usable := d.TimeAttributeID != "" && len(d.Attributes) > 0 && lake.IsTable(dataset.Snake(d.ID))
		switch wanted := slices.Contains(ids, d.ID); {
		case wanted && !usable:
			return nil, fmt.Errorf("the dataset %s cannot be exported: Intercom lists no attributes or no time for it", d.ID)
		case usable && (wanted || all):
			chosen = append(chosen, d)
		}
	}
	for _, id := range ids {
		if id != "all" && !slices.ContainsFunc(known, func(d intercom.Dataset) bool { return d.ID == id }) {
			var names []string
			for _, d := range known {
				names = append(names, d.ID)
			}
			return nil, fmt.Errorf("there is no dataset %q; there are %s", id, strings.Join(names, ", "))
		}
	}
	for _, d := range chosen {
		if slices.ContainsFunc(membership.Tables(), func(t membership.Table) bool { return t.Name == dataset.Snake(d.ID) }) {
			return nil, fmt.Errorf("the dataset %s has the name of a table of the membership", d.ID)
		}
	}
	return chosen, nil
}

// daysSince lists the beginnings of the days from one moment to another.
func daysSince(from, to time.Time) []time.Time {
	var days []time.Time
	y, m, d := from.Date()
	for i := 0; ; i++ {
		day := time.Date(y, m, d+i, 0, 0, 0, 0, from.Location())
		if day.After(to) {
			return days
		}
		days = append(days, day)
	}
}

func exportAll(ctx context.Context, l *lake.Lake, r *lake.Run, client *intercom.Client, o Reporting, datasets []intercom.Dataset, days []time.Time) ([]lake.Publication, error) {
	publications := make([]lake.Publication, len(datasets)*len(days))
	exports, within := errgroup.WithContext(ctx)
	exports.SetLimit(exportsAtOnce)
	for i, d := range datasets {
		columns := fields(d)
		if o.NoPII {
			columns = slices.DeleteFunc(columns, func(f field) bool { return f.column.Personal })
		}
		for j, day := range days {
			exports.Go(func() error {
				e := &exportedDay{lake: l, run: r, client: client, o: o, dataset: d.ID, fields: columns, day: day}
				p, err := e.land(within)
				if err != nil {
					return fmt.Errorf("exporting %s of %s: %w", d.ID, day.Format(time.DateOnly), err)
				}
				publications[i*len(days)+j] = p
				return nil
			})
		}
	}
	return publications, exports.Wait()
}

// exportedDay is a dataset's day.
type exportedDay struct {
	lake    *lake.Lake
	run     *lake.Run
	client  *intercom.Client
	o       Reporting
	dataset string
	fields  []field
	day     time.Time
}

func (e *exportedDay) land(ctx context.Context) (lake.Publication, error) {
	for try := 1; ; try++ {
		p, err := e.attempt(ctx)
		if err == nil {
			return p, nil
		}
		var broken *intercom.Error
		var job *intercom.JobError
		again := errors.As(err, &job) || errors.As(err, &broken) && (broken.Transient() || broken.Expired())
		if !again || try == exportTries {
			return p, err
		}
		e.lake.Log().Info("exporting a day again", "dataset", e.dataset, "day", e.day.Format(time.DateOnly), "try", try+1, "cause", err)
	}
}

func (e *exportedDay) attempt(ctx context.Context) (_ lake.Publication, err error) {
	body, empty, err := e.fetch(ctx)
	if err != nil {
		return lake.Publication{}, err
	}
	defer body.Close()
	columns := make([]membership.Column, 0, len(e.fields)+1)
	for _, f := range e.fields {
		columns = append(columns, f.column)
	}
	w := e.run.Table(dataset.Snake(e.dataset), e.day.Format(time.DateOnly), append(columns, unparsed), e.o.NoPII)
	defer func() {
		if err != nil {
			w.Discard(ctx, err)
		}
	}()
	if err := e.copy(ctx, body, empty, w); err != nil {
		return lake.Publication{}, err
	}
	p, err := w.Finish()
	p.Complete = e.lake.Now().After(e.end().Add(rowsAppear))
	return p, err
}

func (e *exportedDay) end() time.Time { return e.day.AddDate(0, 0, 1) }

// fetch exports the day. Nobody knows whether the ends of a range belong to
// it, so it reaches over both, and copy takes the day's rows only.
// empty says that Intercom itself says that there is nothing.
func (e *exportedDay) fetch(ctx context.Context) (body io.ReadCloser, empty bool, err error) {
	var attributes []string
	for _, f := range e.fields {
		attributes = append(attributes, f.Request())
	}
	job, err := e.enqueue(ctx, intercom.Export{
		DatasetID: e.dataset, AttributeIDs: attributes, Start: e.day.Add(-time.Second), End: e.end().Add(time.Second),
	})
	if err != nil {
		return nil, false, err
	}
	if job, err = e.client.Await(ctx, job.ID, time.Now()); err != nil {
		return nil, false, err
	}
	body, err = e.client.Download(ctx, job)
	return body, job.Status.Empty(), err
}

// enqueue waits for a slot among the workspace's pending jobs.
func (e *exportedDay) enqueue(ctx context.Context, x intercom.Export) (intercom.Job, error) {
	for try := 1; ; try++ {
		job, err := e.client.Enqueue(ctx, x)
		var refused *intercom.Error
		if !errors.As(err, &refused) || !refused.JobLimit() || try == jobLimitTries {
			return job, err
		}
		e.lake.Log().Info("waiting for other export jobs to end", "dataset", e.dataset, "wait", jobLimitPause)
		timer := time.NewTimer(jobLimitPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return job, context.Cause(ctx)
		}
	}
}

// copy writes the day's rows.
func (e *exportedDay) copy(ctx context.Context, body io.Reader, empty bool, w *lake.TableWriter) error {
	rows := csv.NewReader(body)
	rows.ReuseRecord = true
	header, err := rows.Read()
	if errors.Is(err, io.EOF) && empty {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return errors.New("the export came without a byte, not even a header line")
	}
	if err != nil {
		return err
	}
	if err := e.checkHeader(header); err != nil {
		return err
	}
	values := make([]any, len(e.fields)+1)
	for {
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		today, err := e.parse(record, values)
		if err != nil {
			return err
		}
		if !today {
			continue
		}
		if e.o.OnRow != nil {
			e.o.OnRow(w.Name())
		}
		if err := w.Row(ctx, values); err != nil {
			return err
		}
	}
}

// checkHeader compares the columns with those asked for: they go by position.
func (e *exportedDay) checkHeader(header []string) error {
	if len(header) != len(e.fields) {
		return fmt.Errorf("the export has %d columns, %d were asked for", len(header), len(e.fields))
	}
	for i, f := range e.fields {
		if header[i] != f.ID && header[i] != f.QualifiedID {
			return fmt.Errorf("column %d of the export is %q, asked for was %q", i+1, header[i], f.Request())
		}
	}
	return nil
}

// parse turns a record into values and reports whether it is of the day.
func (e *exportedDay) parse(record []string, values []any) (today bool, err error) {
	strangers := map[string]string{}
	for i, f := range e.fields {
		text := record[i]
		value, ok := parseValue(f.column.Kind, text, e.o.Zone)
		values[i] = value
		if !ok {
			strangers[f.column.Name] = text
		}
		if f.time {
			at, isTime := value.(time.Time)
			if !isTime {
				return false, fmt.Errorf("a row's %s is %q, not a time: its day is unknown", f.ID, clip(text))
			}
			today = !at.Before(e.day) && at.Before(e.end())
		}
	}
	values[len(e.fields)] = nil
	if len(strangers) > 0 {
		text, err := json.Marshal(strangers)
		if err != nil {
			return false, err
		}
		values[len(e.fields)] = string(text)
	}
	return today, nil
}

// parseValue reads a cell; an empty one or a dash is null. It is not ok when
// the text does not fit the kind.
func parseValue(kind membership.Kind, text string, zone *time.Location) (value any, ok bool) {
	switch {
	case text == "":
		return nil, true
	case kind == membership.String:
		return text, true
	case text == "-" || text == "—":
		return nil, true
	case kind == membership.Double:
		number, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
		if err != nil || number != number || number > 1e300 || number < -1e300 {
			return nil, false
		}
		return number, true
	case kind == membership.Long:
		number, err := strconv.ParseInt(strings.TrimSuffix(text, ".0"), 10, 64)
		if err != nil {
			return nil, false
		}
		return number, true
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0), true
	}
	for _, form := range []string{time.DateTime, time.RFC3339} {
		if at, err := time.ParseInLocation(form, text, zone); err == nil {
			return at, true
		}
	}
	return nil, false
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
