// Package audit looks at a lake as a whole: which days there are, and whether all
// that is published is sound.
package audit

import (
	"context"
	"fmt"

	"intercom-connector/operator/lake"
)

// Verification is what a look at every published part came to.
type Verification struct {
	Tables, Days, Parts int
	Rows, Bytes         int64
	Incomplete          []string // table and day of what was published without proof of being complete
	Foreign             []string // keys among the publications that are not the lake's
	Problems            []string // what readers would get wrong; none in a sound lake
	Unpublished         int      // parts that no reader sees: of a run under way, or litter for the next one
}

// Verify reads all that is published and checks every part's size, rows and
// checksum. The error is of the store; the lake's are in Problems.
func Verify(ctx context.Context, l *lake.Lake) (Verification, error) {
	var v Verification
	all, err := l.SurveyFiles(ctx)
	if err != nil {
		return v, err
	}
	publications := all.Published
	v.Foreign = all.Foreign
	for _, err := range append(all.Damaged, l.CheckIdentity(ctx)) {
		if err == nil {
			continue
		}
		v.Problems = append(v.Problems, err.Error())
	}
	damaged, err := l.Check(ctx, publications)
	if err != nil {
		return v, err
	}
	tables, published := map[string]bool{}, map[string]bool{}
	for day, p := range publications {
		tables[p.Table] = true
		v.Days++
		if !p.Complete {
			v.Incomplete = append(v.Incomplete, p.Table+" "+p.Dt)
		}
		var rows int64
		for i, file := range p.Parts {
			published[file.Key] = true
			rows += file.Rows
			v.Bytes += file.Size
			v.Parts++
			if damaged[day][i] != nil {
				v.Problems = append(v.Problems, damaged[day][i].Error())
			}
		}
		v.Rows += rows
		if rows != p.Rows {
			v.Problems = append(v.Problems, fmt.Sprintf("%s: it says %d rows, its parts hold %d", p.Key(), p.Rows, rows))
		}
	}
	if err := v.indexes(ctx, l, publications); err != nil {
		return v, err
	}
	v.Tables = len(tables)
	for table := range tables {
		for key, err := range l.Parts(ctx, table) {
			if err != nil {
				return v, err
			}
			if !published[key] {
				v.Unpublished++
			}
		}
	}
	return v, nil
}

// indexes are held against the publications that they stand for.
func (v *Verification) indexes(ctx context.Context, l *lake.Lake, publications []lake.Publication) error {
	months, damaged, err := l.Indexes(ctx)
	if err != nil {
		return err
	}
	for _, err := range damaged {
		v.Problems = append(v.Problems, err.Error())
	}
	for _, month := range disagreeing(months, publications) {
		v.Problems = append(v.Problems, fmt.Sprintf("%s: it tells otherwise than the publications of its month", lake.IndexKey(month)))
	}
	return nil
}
