package lake

import (
	"context"
	"fmt"
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
func (l *Lake) Verify(ctx context.Context) (Verification, error) {
	var v Verification
	all, err := l.Survey(ctx)
	if err != nil {
		return v, err
	}
	publications := all.Published
	v.Foreign = all.Foreign
	for _, err := range all.Damaged {
		v.Problems = append(v.Problems, err.Error())
	}
	damaged, err := l.scanAll(ctx, publications, func(int) func([]byte) error { return func([]byte) error { return nil } })
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
		for i, part := range p.Parts {
			published[part.Key] = true
			rows += part.Rows
			v.Bytes += part.Size
			v.Parts++
			if damaged[day][i] != nil {
				v.Problems = append(v.Problems, damaged[day][i].Error())
			}
		}
		v.Rows += rows
		if rows != p.Rows {
			v.Problems = append(v.Problems, fmt.Sprintf("%s: it says %d rows, its parts hold %d", publicationKey(p.Table, p.Dt), p.Rows, rows))
		}
	}
	v.Tables = len(tables)
	for table := range tables {
		for key, err := range l.store.List(ctx, table+"/dt=") {
			if err != nil {
				return v, err
			}
			if _, isPart := parsePart(key); isPart && !published[key] {
				v.Unpublished++
			}
		}
	}
	return v, nil
}
