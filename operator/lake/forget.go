package lake

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"intercom-connector/membership"
)

// Forgotten is a published table's day in which a person was found.
type Forgotten struct {
	Table string
	Dt    string
	Rows  int64
	// Removed is false where the rows are about something else and only name
	// the person, such as a company's custom attributes: they were left as
	// they are.
	Removed bool
}

// about are the tables whose rows are not about persons.
func aboutPersons(table string) bool {
	switch table {
	case membership.TableSegment, membership.TableTag, membership.TableCompany, membership.TableCompanyTag,
		membership.TableCompanySegment, membership.TableSnapshot:
		return false
	}
	return true
}

// contactID is what an id must look like to be found as a word of a row. A
// shorter one could be a part of anything.
var contactID = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{7,127}$`)

// Forget removes a contact from everything published: each row of a table
// about persons that holds the id in any column, alone or within a list. It
// returns where the id was found. A day in which it was found is written anew
// and published in its place, all days in one run.
//
// Rows that tell of the person without the id are not found (an e-mail address
// in a free text, say); neither are copies that a store keeps of what was
// overwritten.
func (l *Lake) Forget(ctx context.Context, contact string) ([]Forgotten, error) {
	if !contactID.MatchString(contact) {
		return nil, errors.New("forget needs a contact's id in Intercom, such as 5ba682d23d7cf92bef87bfd4")
	}
	publications, err := l.Publications(ctx)
	if err != nil || len(publications) == 0 {
		return nil, err
	}
	r, err := l.Begin(ctx, tablesOf(publications), firstDay(publications), lastDay(publications))
	if err != nil {
		return nil, err
	}
	found, changed, err := r.forget(ctx, contact)
	if err != nil {
		return nil, errors.Join(err, r.Abandon(ctx))
	}
	return found, r.Commit(ctx, changed)
}

func (r *Run) forget(ctx context.Context, contact string) (found []Forgotten, changed []Publication, err error) {
	// Read again: under the lock nothing changes any more.
	publications, err := r.lake.Publications(ctx)
	if err != nil {
		return nil, nil, err
	}
	names := regexp.MustCompile(`(?:^|[^0-9A-Za-z_-])` + regexp.QuoteMeta(contact) + `(?:[^0-9A-Za-z_-]|$)`)
	for _, p := range publications {
		rows := make([]int64, len(p.Parts))
		var total int64
		for i, part := range p.Parts {
			err := r.lake.Scan(ctx, part, func(line []byte) error {
				if names.Match(line) {
					rows[i]++
					total++
				}
				return nil
			})
			if err != nil {
				return nil, nil, fmt.Errorf("nothing was changed: %w", err)
			}
		}
		if total == 0 {
			continue
		}
		f := Forgotten{Table: p.Table, Dt: p.Dt, Rows: total, Removed: aboutPersons(p.Table)}
		if f.Removed {
			p, err = r.without(ctx, p, names)
			if err != nil {
				return nil, nil, err
			}
			changed = append(changed, p)
		}
		found = append(found, f)
	}
	return found, changed, nil
}

// without writes a published day anew, but for the rows that match.
func (r *Run) without(ctx context.Context, p Publication, names *regexp.Regexp) (_ Publication, err error) {
	w := &TableWriter{run: r, to: p, maxPart: partBytes}
	w.to.Run, w.to.Rows, w.to.Parts = r.note.Run, 0, []Part{}
	defer func() { w.Abort(err) }()
	for _, part := range p.Parts {
		err := r.lake.Scan(ctx, part, func(line []byte) error {
			if names.Match(line) {
				return nil
			}
			return w.Line(ctx, line)
		})
		if err != nil {
			return Publication{}, err
		}
	}
	if err := w.EndPart(); err != nil {
		return Publication{}, err
	}
	return w.to, nil
}

func tablesOf(publications []Publication) []string {
	var tables []string
	for _, p := range publications {
		if !slices.Contains(tables, p.Table) {
			tables = append(tables, p.Table)
		}
	}
	return tables
}

func firstDay(publications []Publication) string {
	return slices.MinFunc(publications, byDay).Dt
}

func lastDay(publications []Publication) string {
	return slices.MaxFunc(publications, byDay).Dt
}
