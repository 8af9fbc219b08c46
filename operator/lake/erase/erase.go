// Package erase removes a person from a lake, for an erasure request: from all
// that is published and from what a snapshot under way has read.
package erase

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"

	"golang.org/x/sync/errgroup"

	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

// Forgotten is a table's day, published or set aside, in which a person was found.
type Forgotten struct {
	Aside string // whose it is, of a day that was set aside; else empty
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

// Contact removes a contact from everything published, from what a snapshot under
// way has read, and from the days that were set aside: each row of a table about
// persons that holds the id in any column, alone or within a text, and with a message
// that the person got all that happened to it. It returns where rows were found, beside
// an error what was removed before it. A day in which some were found is written anew
// and published in its place, all days in one run, and those that were set aside in one
// for each workspace.
//
// Rows that tell of the person without the id are not found (an e-mail address
// in a free text, say); neither are copies that a store keeps of what was
// overwritten.
func Contact(ctx context.Context, l *lake.Lake, contact string) ([]Forgotten, error) {
	if !contactID.MatchString(contact) {
		return nil, errors.New("forget needs a contact's id in Intercom, such as 5ba682d23d7cf92bef87bfd4")
	}
	found, err := fromLake(ctx, l, contact)
	if err != nil {
		return found, err
	}
	aside, err := l.Aside(ctx)
	if err != nil {
		return found, err
	}
	for _, workspace := range slices.Sorted(maps.Keys(aside)) {
		more, err := fromLake(ctx, aside[workspace], contact)
		for _, f := range more {
			f.Aside = workspace
			found = append(found, f)
		}
		if err != nil {
			return found, fmt.Errorf("among the days set aside of workspace %s: %w", workspace, err)
		}
	}
	return found, nil
}

// fromLake removes a contact from what one lake has published or reads.
func fromLake(ctx context.Context, l *lake.Lake, contact string) ([]Forgotten, error) {
	r, err := l.BeginAll(ctx)
	if err != nil || r == nil {
		return nil, err
	}
	e := &erasure{lake: l, run: r, contact: contact, messages: map[string]bool{}, without: map[part.File]bool{}, anew: map[run]lake.Publication{}}
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
	return e.found, e.forgotten(ctx)
}

// forgotten searches the lake once more, but for parts that were searched and held
// nothing: of a person who was removed nothing is left in a table about persons.
func (e *erasure) forgotten(ctx context.Context) error {
	all, err := e.lake.SurveyFiles(ctx)
	if err != nil {
		return err
	}
	for i, p := range all.Published {
		all.Published[i].Parts = slices.DeleteFunc(slices.Clone(p.Parts), func(file part.File) bool { return e.without[file] })
	}
	left, err := e.find(ctx, all.Published)
	if err != nil {
		return err
	}
	for i, p := range all.Published {
		if left[i].rows > 0 && aboutPersons(p.Table) {
			return fmt.Errorf("%s of %s still holds %s: a run may have published it meanwhile; forget it once more", p.Table, p.Dt, e.contact)
		}
	}
	return nil
}

// erasure is the removal of one person in one run.
type erasure struct {
	lake       *lake.Lake
	run        *lake.Run
	contact    string
	messages   map[string]bool    // that the person got, by receipt
	without    map[part.File]bool // that were searched and do not hold the id
	found      []Forgotten
	changed    []lake.Publication // to be published
	anew       map[run]lake.Publication
	unfinished []*lake.Unfinished // of other runs, changed
}

// run is what is published of a table's day. A snapshot that proves the rest of a day
// keeps it as it is, and then keeps what takes its place.
type run struct{ table, dt, run string }

func runOf(p lake.Publication) run { return run{p.Table, p.Dt, p.Run} }

func (e *erasure) all(ctx context.Context) error {
	all, err := e.lake.SurveyFiles(ctx) // not what indexes say; under the lock nothing changes any more
	if err == nil {
		err = errors.Join(all.Damaged...)
	}
	if err != nil {
		return unchanged(err)
	}
	var days []found
	if err = e.readMessages(ctx, all.Published); err == nil {
		days, err = e.find(ctx, all.Published)
	}
	if err != nil {
		return unchanged(err)
	}
	anew := make([]lake.Publication, len(all.Published))
	writes, within := errgroup.WithContext(ctx)
	writes.SetLimit(writesAtOnce)
	for i, p := range all.Published {
		if days[i].rows > 0 && aboutPersons(p.Table) {
			writes.Go(func() (err error) {
				anew[i], err = e.run.Cut(within, p, days[i].parts)
				return err
			})
		}
	}
	if err := writes.Wait(); err != nil {
		return err
	}
	for i, p := range all.Published {
		for j, cuts := range days[i].parts {
			e.without[p.Parts[j]] = cuts.Rows == 0
		}
		if days[i].rows == 0 {
			continue
		}
		if aboutPersons(p.Table) {
			e.changed, e.anew[runOf(p)] = append(e.changed, anew[i]), anew[i]
		}
		e.found = append(e.found, Forgotten{Table: p.Table, Dt: p.Dt, Rows: days[i].rows, Removed: aboutPersons(p.Table)})
	}
	for _, u := range e.run.Others() {
		if err := e.fromUnfinished(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

// unchanged is why nothing was removed. What is damaged may hold the person, too, and
// nobody can tell.
func unchanged(err error) error {
	if errors.As(err, new(*part.Damage)) {
		return fmt.Errorf("nothing was changed, for what is damaged may hold the person, too: operator verify --repair puts right what it can; else put it back from a backup, or remove the publication and the parts of its day and repair again; then forget once more: %w", err)
	}
	return fmt.Errorf("nothing was changed: %w", err)
}

// fromUnfinished removes the person from what a run has left for another to go
// on with. A table that is half read is read anew, since its proof counts the
// person.
func (e *erasure) fromUnfinished(ctx context.Context, u *lake.Unfinished) error {
	changed := false
	kept, err := e.find(ctx, u.Kept)
	if err != nil {
		return unchanged(err)
	}
	half, err := e.find(ctx, u.Half)
	if err != nil {
		return unchanged(err)
	}
	for i, p := range u.Kept {
		if kept[i].rows == 0 || !aboutPersons(p.Table) {
			continue
		}
		changed = true
		if by, is := e.anew[runOf(p)]; is {
			u.Kept[i] = by
			continue
		}
		if u.Kept[i], err = e.run.Cut(ctx, p, kept[i].parts); err != nil {
			return err
		}
		e.found = append(e.found, Forgotten{Table: p.Table, Dt: p.Dt, Rows: kept[i].rows, Removed: true})
	}
	for i, p := range u.Half {
		if half[i].rows == 0 {
			continue
		}
		for _, stage := range membership.Stages() {
			if slices.Contains(stage.Tables(), p.Table) || p.Table == lake.IDsOf(stage.Tables()[0]) {
				u.Drop(stage)
			}
		}
		changed = true
		e.found = append(e.found, Forgotten{Table: p.Table, Dt: p.Dt, Rows: half[i].rows, Removed: true})
	}
	if changed {
		e.unfinished = append(e.unfinished, u)
	}
	return nil
}

// found are a day's lines that hold the id, by its parts.
type found struct {
	rows  int64
	parts []part.Cuts
}

// find finds, in each of some days, the rows that hold the id.
func (e *erasure) find(ctx context.Context, days []lake.Publication) ([]found, error) {
	all := make([]found, len(days))
	for day, p := range days {
		all[day].parts = make([]part.Cuts, len(p.Parts))
	}
	damaged, err := e.lake.ReadParts(ctx, days, func(day, i int, from io.Reader) (err error) {
		all[day].parts[i], err = part.Find(from, days[day].Parts[i], e.tells(days[day].Table))
		return err
	})
	if err != nil {
		return nil, err
	}
	for day := range days {
		if err := errors.Join(damaged[day]...); err != nil {
			return nil, err
		}
		for _, cuts := range all[day].parts {
			all[day].rows += cuts.Rows
		}
	}
	return all, nil
}

// writesAtOnce is how many days are written anew at the same time. Each may hold some
// megabytes until a store has taken them.
const writesAtOnce = 8
