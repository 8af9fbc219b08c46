package operator

import (
	"context"
	"maps"
	"slices"

	"intercom-connector/connector/export/plan"
	"intercom-connector/membership"
	"intercom-connector/operator/lake"
)

// goOn takes up what earlier runs have read. A stage whose tables are written
// with other columns by now, by another version of this program, begins anew.
func (r *snapshotRun) goOn(u *lake.Unfinished) {
	r.whole = slices.Clone(u.Kept)
	for stage := range u.Walk.Places {
		if !r.fits(u, stage) {
			r.lake.Log().Info("the tables of a stage have other columns than in the run before: it begins anew", "stage", string(stage))
			u.Drop(stage)
			continue
		}
		for _, w := range r.of(stage) {
			half, _ := u.Table(w.Name())
			w.GoOn(half, u.Runs)
		}
	}
}

// spend notes that the scroll over the companies is taken up. It moves on with
// every page, and should this run die, the pages that it has read die with it:
// the next then begins another.
func (r *snapshotRun) spend(ctx context.Context) error {
	u := r.run.Unfinished()
	place, left := u.Walk.Places[membership.Companies]
	if !left {
		return nil
	}
	place.Lists = slices.Clone(place.Lists)
	for i := range place.Lists {
		place.Lists[i].Cursor = ""
	}
	u.Walk.Places = maps.Clone(u.Walk.Places)
	u.Walk.Places[membership.Companies] = place
	return r.run.Keep(ctx)
}

func (r *snapshotRun) fits(u *lake.Unfinished, stage membership.Stage) bool {
	for _, w := range r.of(stage) {
		half, found := u.Table(w.Name())
		if !found || !slices.Equal(half.Columns, w.Columns()) {
			return false
		}
	}
	return true
}

// of lists the tables that a stage fills here.
func (r *snapshotRun) of(stage membership.Stage) (all []*lake.TableWriter) {
	for _, table := range stage.Tables() {
		if w := r.writers[table]; w != nil {
			all = append(all, w)
		}
	}
	return all
}

// keep ends a stage's tables and notes them at once: whatever ends the run, they
// need not be read again. Where what is published of the day proves more, that stays.
func (r *snapshotRun) keep(ctx context.Context, walk *membership.Walk, stage membership.Stage) error {
	s := walk.State()
	var all, was []lake.Publication
	for _, w := range r.of(stage) {
		whole, err := w.Finish()
		if err != nil {
			return err
		}
		whole.Complete, whole.Unproven = complete(s, whole.Table), unproven(s, whole.Table)
		whole.Known = s.Done[stage].Known
		if err := r.bound(&whole); err != nil {
			return err
		}
		if !slices.Contains(r.tables, whole.Table) {
			continue
		}
		all = append(all, whole)
		p, found, err := r.lake.Published(ctx, whole.Table, r.day)
		if err != nil {
			return err
		}
		if found {
			was = append(was, p)
		}
	}
	if stage != membership.Snapshot && provesLess(all, was) {
		r.lake.Log().Warn("what was published of the same day proves more: it stays", "stage", string(stage))
		all = was
		walk.Stand(stage, published(was))
		s = walk.State()
	}
	r.whole = append(r.whole, all...)
	u := r.run.Unfinished()
	done := maps.Clone(u.Walk.Done) // other stages may be done too, but not yet kept
	if done == nil {
		done = map[membership.Stage]membership.Result{}
	}
	done[stage] = s.Done[stage]
	u.Drop(stage)
	u.Kept, u.Walk.Counted, u.Walk.Done = r.whole, s.Counted, done
	return r.run.Keep(ctx)
}

// published is what a stage came to whose tables are published. One that is not
// complete, and does not say of which segments, leaves it unproven by its name.
func published(all []lake.Publication) membership.Result {
	done := membership.Result{Rows: map[string]int64{}}
	for _, p := range all {
		done.Rows[p.Table], done.Known, done.Finished = p.Rows, p.Known, p.Finished
		if !p.Complete && len(p.Unproven) == 0 {
			done.Unproven = append(done.Unproven, membership.Unproven(p.Table))
		}
		for _, segment := range p.Unproven {
			done.Unproven = append(done.Unproven, membership.UnprovenMembers(segment))
		}
	}
	return done
}

// bound says in which zone the day is, and what it is there.
func (r *snapshotRun) bound(p *lake.Publication) error {
	if r.zone == nil {
		return nil
	}
	day, err := plan.DayOn(p.Dt, r.zone)
	p.Zone, p.From, p.To = r.zone.String(), day.Start.UTC(), day.End.UTC()
	return err
}

// leave ends the parts of those stages that are half read and notes their
// places, all in one: until then the places of the run before count.
func (r *snapshotRun) leave(ctx context.Context, s membership.State) error {
	u := r.run.Unfinished()
	var all []lake.Publication
	for stage := range s.Places {
		for _, w := range r.of(stage) {
			if err := w.EndPart(); err != nil {
				return err
			}
			all = append(all, w.SoFar())
		}
	}
	u.Half, u.Walk.Places = all, s.Places
	return r.run.Keep(ctx)
}
