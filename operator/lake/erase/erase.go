// Package erase removes a person from a lake, for an erasure request: from all
// that is published and from what a snapshot under way has read.
package erase

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
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

// aboutPersons reports whether a table's rows are about persons.
func aboutPersons(table string) bool {
	switch table {
	case tables.Segment, tables.Tag, tables.Team, tables.Deleted, tables.Company, tables.CompanyTag,
		tables.CompanySegment, tables.Snapshot:
		return false
	}
	return true
}

// contactID is what an id must look like to be found as a word of a row. A
// shorter one could be a part of anything.
var contactID = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{7,127}$`)

// Contact removes a contact from everything published, and from what a snapshot
// under way has read: each row of a table about persons that holds the id in
// any column, alone or within a text. It returns where the id was found. A day
// in which it was found is written anew and published in its place, all days in
// one run.
//
// Rows that tell of the person without the id are not found (an e-mail address
// in a free text, say); neither are copies that a store keeps of what was
// overwritten.
func Contact(ctx context.Context, l *lake.Lake, contact string) ([]Forgotten, error) {
	if !contactID.MatchString(contact) {
		return nil, errors.New("forget needs a contact's id in Intercom, such as 5ba682d23d7cf92bef87bfd4")
	}
	r, err := l.BeginAll(ctx)
	if err != nil || r == nil {
		return nil, err
	}
	e := &erasure{lake: l, run: r, contact: contact}
	if err := e.all(ctx); err != nil {
		return nil, errors.Join(err, r.Abandon(ctx))
	}
	for _, u := range e.unfinished {
		if err := r.KeepOther(ctx, u); err != nil {
			return nil, errors.Join(err, r.Abandon(ctx))
		}
	}
	if err := r.Commit(ctx, e.changed); err != nil {
		return nil, err
	}
	return e.found, forgotten(ctx, l, contact)
}

// forgotten searches all of the lake once more: of a person who was removed
// nothing is left in a table about persons.
func forgotten(ctx context.Context, l *lake.Lake, contact string) error {
	all, err := l.Survey(ctx)
	if err != nil {
		return err
	}
	e := &erasure{lake: l, contact: contact}
	rows, err := e.count(ctx, all.Published)
	if err != nil {
		return err
	}
	for i, p := range all.Published {
		if rows[i] > 0 && aboutPersons(p.Table) {
			return fmt.Errorf("%s of %s still holds %s: a run may have published it meanwhile; forget it once more", p.Table, p.Dt, contact)
		}
	}
	return nil
}

// erasure is the removal of one person in one run.
type erasure struct {
	lake       *lake.Lake
	run        *lake.Run
	contact    string
	found      []Forgotten
	changed    []lake.Publication // to be published
	unfinished []*lake.Unfinished // of other runs, changed
}

func (e *erasure) all(ctx context.Context) error {
	all, err := e.lake.Survey(ctx) // under the lock nothing changes any more
	if err == nil {
		err = errors.Join(all.Damaged...)
	}
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	counts, err := e.count(ctx, all.Published)
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	anew := make([]lake.Publication, len(all.Published))
	writes, within := errgroup.WithContext(ctx)
	writes.SetLimit(writesAtOnce)
	for i, p := range all.Published {
		if counts[i] > 0 && aboutPersons(p.Table) {
			writes.Go(func() (err error) {
				anew[i], err = e.without(within, p)
				return err
			})
		}
	}
	if err := writes.Wait(); err != nil {
		return err
	}
	for i, p := range all.Published {
		if counts[i] == 0 {
			continue
		}
		if aboutPersons(p.Table) {
			e.changed = append(e.changed, anew[i])
		}
		e.found = append(e.found, Forgotten{Table: p.Table, Dt: p.Dt, Rows: counts[i], Removed: aboutPersons(p.Table)})
	}
	for _, u := range e.run.Others() {
		if err := e.fromUnfinished(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

// fromUnfinished removes the person from what a run has left for another to go
// on with. A table that is half read is read anew, since its proof counts the
// person.
func (e *erasure) fromUnfinished(ctx context.Context, u *lake.Unfinished) error {
	changed := false
	kept, err := e.count(ctx, u.Kept)
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	half, err := e.count(ctx, u.Half)
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	for i, p := range u.Kept {
		if kept[i] == 0 || !aboutPersons(p.Table) {
			continue
		}
		if u.Kept[i], err = e.without(ctx, p); err != nil {
			return err
		}
		changed = true
		e.found = append(e.found, Forgotten{Table: p.Table, Dt: p.Dt, Rows: kept[i], Removed: true})
	}
	for i, p := range u.Half {
		if half[i] == 0 {
			continue
		}
		for _, stage := range membership.Stages() {
			if slices.Contains(stage.Tables(), p.Table) || p.Table == lake.IDsOf(stage.Tables()[0]) {
				u.Drop(stage)
			}
		}
		changed = true
		e.found = append(e.found, Forgotten{Table: p.Table, Dt: p.Dt, Rows: half[i], Removed: true})
	}
	if changed {
		e.unfinished = append(e.unfinished, u)
	}
	return nil
}

// count counts, for each of some days, the rows that hold the id.
func (e *erasure) count(ctx context.Context, days []lake.Publication) ([]int64, error) {
	counts := make([]atomic.Int64, len(days))
	damaged, err := e.lake.ScanDays(ctx, days, func(day int) func([]byte) error {
		id := newID(e.contact)
		return func(line []byte) error {
			if id.in(line) {
				counts[day].Add(1)
			}
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	rows := make([]int64, len(days))
	for i := range days {
		if err := errors.Join(damaged[i]...); err != nil {
			return nil, err
		}
		rows[i] = counts[i].Load()
	}
	return rows, nil
}

// writesAtOnce is how many days are written anew at the same time. Each may hold some
// megabytes until a store has taken them.
const writesAtOnce = 4

// without writes a day anew, but for the rows that hold the id.
func (e *erasure) without(ctx context.Context, p lake.Publication) (_ lake.Publication, err error) {
	id := newID(e.contact)
	w := e.run.Rewrite(p)
	defer func() { w.Abort(err) }()
	for _, file := range p.Parts {
		err := e.lake.Scan(ctx, file, func(line []byte) error {
			if id.in(line) {
				return nil
			}
			return w.Line(ctx, line)
		})
		if err != nil {
			return lake.Publication{}, err
		}
	}
	if err := w.EndPart(); err != nil {
		return lake.Publication{}, err
	}
	return w.SoFar(), nil
}
