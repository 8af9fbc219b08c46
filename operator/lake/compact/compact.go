// Package compact makes a lake of years quick to open: it writes an index beside
// the publications of each month that is over. It removes nothing and changes no
// question's answer; a month that changes later loses its index until it is
// compacted again.
//
// Rows stay as they are. A month of them as one Parquet file would be read some
// five times faster, but would be a second copy to erase from and to prove.
package compact

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"intercom-connector/operator/lake"
)

// Months writes the indexes that are missing or lack a day, of months that ended
// some days ago or earlier: what a look-back still changes is left alone. It returns
// the months, such as 2026-05.
func Months(ctx context.Context, l *lake.Lake, keepDays int) (written []string, err error) {
	run, err := l.Begin(ctx, nil, "", "")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.Close(ctx)) }()
	all, err := l.SurveyFiles(ctx)
	if err != nil {
		return nil, err
	}
	indexed, _, err := l.Indexes(ctx)
	if err != nil {
		return nil, err
	}
	months := map[string][]lake.Publication{}
	for _, p := range all.Published {
		months[p.Month()] = append(months[p.Month()], p)
	}
	for _, err := range all.Damaged { // what an index knows of such a day is what repairs it
		if _, dt, ok := lake.DamagedDay(err); ok {
			l.Log().Warn("a day is damaged: the index of its month stays as it is", "cause", err)
			delete(months, (&lake.Publication{Dt: dt}).Month())
		}
	}
	last := l.Now().UTC().AddDate(0, 0, -keepDays)
	for _, month := range slices.Sorted(maps.Keys(months)) {
		if !over(month, last) || isIn(months[month], indexed[month]) {
			continue
		}
		if err := run.Index(ctx, month, months[month]); err != nil {
			return written, err
		}
		written = append(written, month)
	}
	return written, nil
}

// over reports that a month has ended before a day.
func over(month string, day time.Time) bool { return month < day.Format("2006-01") }

func isIn(published []lake.Publication, index map[string]lake.Publication) bool {
	return len(index) == len(published) && !slices.ContainsFunc(published, func(p lake.Publication) bool { return index[p.Key()].Run != p.Run })
}
