package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

// Repair puts right what can be, and tells each thing that it has done:
//
//   - a publication that cannot be read, or is lost, is written again as its month's
//     index knows it, if all of its parts are as they were; otherwise one that is there
//     from its parts, if those of one run are there and readable, as a day that is not
//     complete; of one that is gone with its parts, the index goes, too;
//   - what says whose the lake is is removed if it is damaged: the days say it, too;
//   - an index that is damaged, or tells otherwise than the publications, is removed;
//   - parts that no reader sees, and no run goes on with, are removed.
//
// A part that is damaged stays as it is: what was in it cannot be had again.
func Repair(ctx context.Context, l *lake.Lake) (done []string, err error) {
	r := repair{lake: l}
	identity, err := l.DropIdentity(ctx)
	if err != nil {
		return nil, err
	}
	if identity != "" {
		r.did("%s: removed; the next snapshot writes it again, if the days are its workspace's", identity)
	}
	if r.run, err = l.BeginAll(ctx); err != nil || r.run == nil {
		return r.done, err
	}
	if err := r.all(ctx); err != nil {
		return nil, errors.Join(err, r.run.Abandon(ctx))
	}
	return r.done, r.run.Commit(ctx, r.publications)
}

type repair struct {
	lake         *lake.Lake
	run          *lake.Run
	publications []lake.Publication // to be written again
	stale        []string           // months whose indexes know what is gone
	done         []string
}

func (r *repair) all(ctx context.Context) error {
	all, err := r.lake.SurveyFiles(ctx) // under the lock nothing changes any more
	if err != nil {
		return err
	}
	months, damaged, err := r.lake.Indexes(ctx)
	if err != nil {
		return err
	}
	for _, err := range all.Damaged {
		table, dt, ok := lake.DamagedDay(err)
		if !ok {
			continue
		}
		if err := r.publication(ctx, table, dt, all.Published, months); err != nil {
			return err
		}
	}
	wrong := disagreeing(months, all.Published)
	for _, err := range damaged {
		if damage, ok := errors.AsType[*part.Damage](err); ok {
			wrong = append(wrong, strings.TrimSuffix(strings.TrimPrefix(damage.Key, "_index/"), ".json"))
		}
	}
	for _, month := range wrong {
		r.did("%s: removed; operator compact writes it again", lake.IndexKey(month))
	}
	for _, month := range append(r.stale, wrong...) {
		if err := r.run.DropIndex(ctx, month); err != nil {
			return err
		}
	}
	return nil
}

func (r *repair) did(format string, args ...any) {
	r.done = append(r.done, fmt.Sprintf(format, args...))
}

// publication brings back that of a table's day.
func (r *repair) publication(ctx context.Context, table, dt string, published []lake.Publication, months map[string]map[string]lake.Publication) error {
	lost := lake.Publication{Table: table, Dt: dt}
	if known, ok := months[lost.Month()][lost.Key()]; ok {
		damaged, err := r.lake.Check(ctx, []lake.Publication{known})
		if err != nil {
			return err
		}
		if errors.Join(damaged[0]...) == nil {
			r.publications = append(r.publications, known)
			r.did("%s: written again as the index knows it", known.Key())
			return nil
		}
	}
	runs, err := r.lake.Measure(ctx, table, dt)
	_, there := r.lake.MustPublished(ctx, table, dt)
	isLost := errors.Is(there, fs.ErrNotExist)
	if isLost && err == nil && len(runs) == 0 {
		r.stale = append(r.stale, lost.Month())
		r.did("%s: it is gone with its parts; %s, which knew it, is removed, and operator compact writes it again", lost.Key(), lake.IndexKey(lost.Month()))
		return nil
	}
	if errors.As(err, new(*part.Damage)) || err == nil && (len(runs) != 1 || isLost) {
		return nil // which rows were the day's is not to be known
	}
	if err != nil {
		return err
	}
	for run, parts := range runs {
		lost.Run, lost.Parts, lost.Columns = run, parts, columnsOf(table, published)
	}
	if lost.Columns == nil {
		if lost.Columns, err = columnsIn(ctx, r.lake, lost.Parts); err != nil {
			return err
		}
	}
	for _, file := range lost.Parts {
		lost.Rows += file.Rows
	}
	lost.Started = r.lake.Now().UTC()
	lost.Finished = lost.Started
	if lost.Workspace, err = r.lake.Owner(ctx); err != nil {
		return err
	}
	lost.Zone, lost.From, lost.To = dayOf(table, dt, published)
	lost.Sparse = slices.ContainsFunc(published, func(p lake.Publication) bool { return p.Table == table && p.Sparse })
	r.publications = append(r.publications, lost)
	r.did("%s: written again from its parts, %d rows, as not complete%s", lost.Key(), lost.Rows, unknown(lost))
	return nil
}

// unknown is what a publication does not tell, in words.
func unknown(p lake.Publication) string {
	var lacks []string
	if p.Workspace == "" {
		lacks = append(lacks, "workspace")
	}
	if p.Zone == "" {
		lacks = append(lacks, "zone and bounds")
	}
	if len(lacks) == 0 {
		return ""
	}
	return "; its " + strings.Join(lacks, ", ") + " cannot be known"
}

// dayOf is the zone and the bounds of a table's day: those that the other tables have of
// it, else what lies between the table's days beside it. Where these do not agree there
// are none.
func dayOf(table, dt string, published []lake.Publication) (zone string, from, to time.Time) {
	var same, before, after []lake.Publication
	date, err := time.Parse(time.DateOnly, dt)
	if err != nil {
		return "", from, to
	}
	for _, p := range published {
		switch {
		case p.Zone == "":
		case p.Dt == dt:
			same = append(same, p)
		case p.Table == table && p.Dt == date.AddDate(0, 0, -1).Format(time.DateOnly):
			before = append(before, p)
		case p.Table == table && p.Dt == date.AddDate(0, 0, 1).Format(time.DateOnly):
			after = append(after, p)
		}
	}
	for _, p := range same {
		if p.Zone != same[0].Zone || !p.From.Equal(same[0].From) || !p.To.Equal(same[0].To) {
			return "", from, to
		}
	}
	switch {
	case len(same) > 0:
		return same[0].Zone, same[0].From, same[0].To
	case len(before) == 1 && len(after) == 1 && before[0].Zone == after[0].Zone:
		return before[0].Zone, before[0].To, after[0].From
	}
	return "", from, to
}

// disagreeing are the months whose indexes tell otherwise than their publications.
func disagreeing(months map[string]map[string]lake.Publication, published []lake.Publication) []string {
	wrong := map[string]bool{}
	for _, p := range published {
		if known, ok := months[p.Month()][p.Key()]; ok && !reflect.DeepEqual(known, p) {
			wrong[p.Month()] = true
		}
	}
	return slices.Sorted(maps.Keys(wrong))
}
