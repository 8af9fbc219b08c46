package operator

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"intercom-connector/membership"
)

// unfinished is a snapshot between two turns, within the note of its last run.
type unfinished struct {
	Walk   membership.State `json:"walk"`           // with the stages whose tables are kept, and the places of those that are half read
	Kept   []Publication    `json:"kept"`           // tables that are whole
	Half   []Publication    `json:"half,omitempty"` // tables as far as they are read
	NoPII  bool             `json:"no_pii,omitempty"`
	Turns  int              `json:"turns"`
	GaveUp string           `json:"gave_up,omitempty"` // why
}

// keeps reports a part that the snapshot still needs.
func (u *unfinished) keeps(key string) bool {
	if u == nil {
		return false
	}
	for _, p := range slices.Concat(u.Kept, u.Half) {
		if slices.ContainsFunc(p.Parts, func(part Part) bool { return part.Key == key }) {
			return true
		}
	}
	return false
}

// begun reports that there is something to go on with.
func (u *unfinished) begun() bool { return len(u.Walk.Done) > 0 || len(u.Walk.Places) > 0 }

// drop forgets how far a stage was read. The maps and slices that others may
// hold stay as they are.
func (u *unfinished) drop(stage membership.Stage) {
	u.Walk.Places = maps.Clone(u.Walk.Places)
	delete(u.Walk.Places, stage)
	var half []Publication
	for _, p := range u.Half {
		if !slices.Contains(stage.Tables(), p.Table) && p.Table != idsOf(stage.Tables()[0]) {
			half = append(half, p)
		}
	}
	u.Half = half
}

// half is how far a table was read.
func half(all []Publication, table string) (Publication, bool) {
	i := slices.IndexFunc(all, func(p Publication) bool { return p.Table == table })
	if i < 0 {
		return Publication{}, false
	}
	return all[i], true
}

// idsOf is the table, never published, that holds the ids of another one which
// was not asked for: whoever goes on with its stage needs them.
func idsOf(table string) string { return table + "_ids" }

// idsNeeded lists those tables. The first table of a stage has a row for all
// that its list has met.
func idsNeeded(tables []string) (ids []string) {
	for _, stage := range membership.StagesFor(tables) {
		if first := stage.Tables()[0]; !slices.Contains(tables, first) && stage != membership.Segments {
			ids = append(ids, idsOf(first))
		}
	}
	return ids
}

// goOn takes up what earlier turns have read. A stage whose tables are written
// with other columns by now, by another version of this program, begins anew.
func (p *pass) goOn(u *unfinished) {
	p.whole = slices.Clone(u.Kept)
	for stage := range u.Walk.Places {
		if !p.fits(u, stage) {
			p.log.Info("the tables of a stage have other columns than in the turn before: it begins anew", "stage", string(stage))
			u.drop(stage)
			continue
		}
		for _, w := range p.of(stage) {
			begun, _ := half(u.Half, w.to.Table)
			w.goOn(begun, u.Turns)
		}
	}
}

func (p *pass) fits(u *unfinished, stage membership.Stage) bool {
	for _, w := range p.of(stage) {
		begun, found := half(u.Half, w.to.Table)
		if !found || !slices.Equal(begun.Columns, w.to.Columns) {
			return false
		}
	}
	return true
}

// of lists the tables that a stage fills here.
func (p *pass) of(stage membership.Stage) (all []*tableWriter) {
	for _, table := range stage.Tables() {
		if w := p.writers[table]; w != nil {
			all = append(all, w)
		}
	}
	return all
}

// turn reads what is left until the turn is over. What it has not kept or left
// at a place when it ends is read again.
func (p *pass) turn(ctx context.Context, walk *membership.Walk) error {
	err := p.read(ctx, walk, left(walk.State(), p.tables))
	if errors.Is(err, membership.ErrOver) {
		err = cmp.Or(p.leave(ctx, walk.State()), err)
		p.abort(err)
		return err
	}
	if err != nil {
		for _, w := range p.writers {
			if !w.whole {
				w.discard(ctx, err)
			}
		}
	}
	return err
}

// noteWhole notes that a stage's tables are whole.
func (p *pass) noteWhole(ctx context.Context, s membership.State, stage membership.Stage) error {
	u := p.journal.Unfinished
	done := maps.Clone(u.Walk.Done) // other stages may be done too, but not yet kept
	if done == nil {
		done = map[membership.Stage]membership.Result{}
	}
	done[stage] = s.Done[stage]
	u.drop(stage)
	u.Kept, u.Walk.Counted, u.Walk.Done = p.whole, s.Counted, done
	return p.note(ctx)
}

// leave ends the parts of those stages that are half read and notes their
// places, all in one: until then the places of the turn before count.
func (p *pass) leave(ctx context.Context, s membership.State) error {
	u := p.journal.Unfinished
	var all []Publication
	for stage := range s.Places {
		for _, w := range p.of(stage) {
			if err := w.endPart(); err != nil {
				return err
			}
			all = append(all, w.to)
		}
	}
	u.Half, u.Walk.Places = all, s.Places
	return p.note(ctx)
}
