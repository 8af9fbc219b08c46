package reporting

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/merge"
	"intercom-connector/operator/lake/part"
)

// change is what becomes of a day of a merged table by the rows that came.
type change struct {
	sink      *Sink
	day       *mergedDay
	of        known
	published bool
	readAgain bool // what a damaged part held is told by the next reading, and not by this one

	was, by lake.Publication
	changed bool
	damage  error // of a part whose rows are not in the day any more
}

// make merges the day's rows into what is published.
func (c *change) make(ctx context.Context) (err error) {
	d := c.day
	if c.published {
		if c.was, err = c.sink.lake.MustPublished(ctx, d.table.name, d.bounds.Date); err != nil {
			return err
		}
	}
	if err := d.spill(ctx, c.sink.run); err != nil {
		return err
	}
	if c.by, err = c.merge(ctx); err != nil {
		return err
	}
	complete := c.was.Complete || !d.bounds.End.After(c.of.Until)
	if c.damage != nil && c.readAgain {
		complete = false
	}
	if c.changed = c.by.Run != c.was.Run; !c.changed {
		c.changed = complete != c.was.Complete
		c.by.Finished = c.sink.lake.Now().UTC().Truncate(time.Second)
	} else {
		c.by.Zone, c.by.From, c.by.To = d.zone.String(), d.bounds.Start.UTC(), d.bounds.End.UTC()
	}
	c.by.Complete, c.by.AsOf, c.by.Sparse = complete, c.of.Until.UTC(), true
	return nil
}

// merge writes the day, unless what came is published already.
func (c *change) merge(ctx context.Context) (lake.Publication, error) {
	d, run := c.day, c.sink.run
	if d.writer == nil && c.published {
		return c.was, nil
	}
	if d.writer == nil {
		d.writer = d.newWriter(run)
	}
	day := merge.Day{Lake: c.sink.lake, Was: c.was.Parts, Told: d.writer.SoFar().Parts, Key: merge.KeyOf(d.table.key)}
	found, err := day.Compare(ctx)
	for err != nil {
		if day.Was, err = c.sound(day.Was, err); err != nil {
			return lake.Publication{}, err
		}
		found, err = day.Compare(ctx)
	}
	switch {
	case found.Same && c.published && c.damage == nil:
		d.discard(ctx)
		return c.was, nil
	case found.Alone:
		return d.writer.Finish()
	}
	w := d.newWriter(run)
	err = day.Write(ctx, func(line []byte) error { return w.Line(ctx, line) })
	var by lake.Publication
	if err == nil {
		by, err = w.Finish()
	}
	if err != nil {
		w.Discard(ctx, err)
		return by, err
	}
	d.discard(ctx)
	return by, nil
}

// sound are those of a day's parts but for the one that an error says is damaged: its
// rows are told again, by this reading or the next. The error is given back if it is
// another one.
func (c *change) sound(parts []part.File, cause error) ([]part.File, error) {
	damage, ok := errors.AsType[*part.Damage](cause)
	i := slices.IndexFunc(parts, func(file part.File) bool { return ok && file.Key == damage.Key })
	if i < 0 {
		return nil, cause
	}
	c.damage = cause
	return slices.Delete(slices.Clone(parts), i, i+1), nil
}

// warning is what a person should know of the day; none where it was as it should be.
func (c *change) warning() string {
	if c.damage == nil {
		return ""
	}
	form := "%s of %s: a part was damaged, and what is listed now has taken the place of its rows: %v"
	if c.readAgain {
		form = "%s of %s: a part was damaged; the next run reads its rows again, and until then the day is not complete: %v"
	}
	return fmt.Sprintf(form, c.day.table.name, c.day.bounds.Date, c.damage)
}

// undo removes what was written of a day that is not published after all.
func (c *change) undo(ctx context.Context) {
	c.day.discard(ctx)
	if c.by.Run == c.was.Run {
		return
	}
	if err := c.sink.run.Remove(context.WithoutCancel(ctx), c.by.Parts); err != nil {
		c.sink.lake.Log().Warn("a part of an attempt that failed is left behind until the run ends", "table", c.by.Table, "day", c.by.Dt, "cause", err)
	}
}
