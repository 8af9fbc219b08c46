package lake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"intercom-connector/operator/lake/part"
)

// An index is a month's publications in one file, beside them: what would take a
// read for each day and table takes one. It says nothing that they do not say. It
// is removed before any of them changes, so that where there is one it is right.
type index struct {
	Month   string          `json:"month"` // 2006-01
	Columns [][]part.Column `json:"columns"`
	Days    []indexed       `json:"days"`
}

// indexed is a publication but for its columns, which most days of a table share.
type indexed struct {
	Publication Publication `json:"publication"`
	Columns     int         `json:"columns"`
}

const indexPrefix = "_index/"

var indexName = regexp.MustCompile(`^_index/(\d{4}-\d{2})\.json$`)

// IndexKey is where a month's index is.
func IndexKey(month string) string { return indexPrefix + month + ".json" }

// month is that of a day.
func month(dt string) string { return dt[:len("2006-01")] }

// Index writes the index of a month, of what is published in it now, in place of
// the one that is there.
func (r *Run) Index(ctx context.Context, month string, publications []Publication) error {
	x := index{Month: month}
	for _, p := range publications {
		at := slices.IndexFunc(x.Columns, func(columns []part.Column) bool { return slices.Equal(columns, p.Columns) })
		if at < 0 {
			at = len(x.Columns)
			x.Columns = append(x.Columns, p.Columns)
		}
		p.Columns = nil
		x.Days = append(x.Days, indexed{p, at})
	}
	return r.lake.putJSON(ctx, IndexKey(month), x)
}

// dropIndexes removes the indexes of what is about to change.
func (l *Lake) dropIndexes(ctx context.Context, changing []Publication) error {
	months := map[string]map[string]bool{}
	for _, p := range changing {
		if months[p.Month()] == nil {
			months[p.Month()] = map[string]bool{}
		}
		months[p.Month()][p.Key()] = true
	}
	return atOnce(ctx, slices.Collect(maps.Keys(months)), func(ctx context.Context, month string) error {
		return l.dropIndex(ctx, month, months[month])
	})
}

// dropIndex removes the index of a month. What it alone still knows, but for some keys,
// is published again first, where any part of it is left: without the index that would
// be litter.
func (l *Lake) dropIndex(ctx context.Context, month string, but map[string]bool) error {
	known, err := l.readIndex(ctx, IndexKey(month))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil && !errors.As(err, new(*part.Damage)):
		return err
	}
	tables := map[string]bool{}
	for _, p := range known {
		tables[p.Table] = true
	}
	err = atOnce(ctx, slices.Collect(maps.Keys(tables)), func(ctx context.Context, table string) error {
		there := map[string]bool{}
		for key, err := range l.store.List(ctx, publishedPrefix+table+"/dt="+month) {
			if err != nil {
				return err
			}
			there[key] = true
		}
		for key, p := range known {
			if p.Table != table || there[key] || but[key] {
				continue
			}
			if err := l.bringBack(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.store.Remove(ctx, IndexKey(month))
}

// bringBack publishes a lost day again, unless nothing of its rows is left.
func (l *Lake) bringBack(ctx context.Context, lost Publication) error {
	left := len(lost.Parts) == 0
	for key, err := range l.store.List(ctx, lost.Table+"/dt="+lost.Dt+"/") {
		if err != nil {
			return err
		}
		left = left || slices.ContainsFunc(lost.Parts, func(file part.File) bool { return file.Key == key })
	}
	if !left {
		return nil
	}
	l.log.Warn("a publication was lost, and is written again as the index of its month knew it", "key", lost.Key())
	return l.putJSON(ctx, lost.Key(), lost)
}

// Indexes are the publications that indexes tell of, by month and key. An index
// that cannot be read is left out, and its damage told.
func (l *Lake) Indexes(ctx context.Context) (months map[string]map[string]Publication, damaged []error, err error) {
	var keys []string
	for key, err := range l.store.List(ctx, indexPrefix) {
		if err != nil {
			return nil, nil, err
		}
		if indexName.MatchString(key) {
			keys = append(keys, key)
		}
	}
	all, bad, err := readEach(ctx, keys, l.readIndex)
	if err != nil {
		return nil, nil, err
	}
	months = map[string]map[string]Publication{}
	for i, key := range keys {
		if bad[i] != nil {
			damaged = append(damaged, bad[i])
			continue
		}
		months[indexName.FindStringSubmatch(key)[1]] = all[i]
	}
	return months, damaged, nil
}

// readIndex believes an index no more than a publication.
func (l *Lake) readIndex(ctx context.Context, key string) (map[string]Publication, error) {
	var x index
	if err := l.readJSON(ctx, key, &x); err != nil {
		return nil, err
	}
	bad := func(what string) error { return &part.Damage{Key: key, What: what} }
	if key != IndexKey(x.Month) {
		return nil, bad("it is not the index of its month")
	}
	all := map[string]Publication{}
	for _, day := range x.Days {
		p := day.Publication
		if day.Columns < 0 || day.Columns >= len(x.Columns) || !strings.HasPrefix(p.Dt, x.Month) {
			return nil, bad(fmt.Sprintf("it tells of the day %q, or of columns that it lacks", p.Dt))
		}
		p.Columns = x.Columns[day.Columns]
		if err := p.check(); err != nil {
			return nil, bad(err.Error())
		}
		all[p.Key()] = p
	}
	return all, nil
}

// lost are publications that an index knows and that are not there. An index goes before
// what it knows changes, so that nobody has taken them away but by hand, or in a copy
// that lacks them.
func (l *Lake) lost(ctx context.Context, months map[string]map[string]Publication, listed map[string]bool) (damage []error, err error) {
	for _, month := range slices.Sorted(maps.Keys(months)) {
		gone := slices.DeleteFunc(slices.Sorted(maps.Keys(months[month])), func(key string) bool { return listed[key] })
		if len(gone) == 0 {
			continue
		}
		now, err := l.readIndex(ctx, IndexKey(month)) // a run may have dropped it since
		if errors.Is(err, fs.ErrNotExist) || errors.As(err, new(*part.Damage)) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, key := range gone {
			if _, known := now[key]; known {
				damage = append(damage, &part.Damage{Key: key, What: "the index of its month knows it, and it is not there"})
			}
		}
	}
	return damage, nil
}

// sortPublications sorts by table and day.
func sortPublications(all []Publication) {
	slices.SortFunc(all, func(a, b Publication) int {
		return cmp.Or(strings.Compare(a.Table, b.Table), strings.Compare(a.Dt, b.Dt))
	})
}
