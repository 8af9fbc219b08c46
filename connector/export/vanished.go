package export

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"intercom-connector/connector/export/dataset"
	"intercom-connector/intercom"
)

// dropVanished leaves out the attributes that Intercom rejects, if get_datasets
// does not list them any more either: their columns are null from now on. One
// that is still listed, or that the key needs, is an error.
func (r *Run) dropVanished(ctx context.Context, w *window, cause error) (bool, error) {
	api, ok := errors.AsType[*intercom.Error](cause)
	if !ok || len(api.InvalidAttributes()) == 0 {
		return false, nil
	}
	d := w.reading
	all, err := r.config.Client.Datasets(ctx)
	if ctx.Err() != nil || fatal(err) {
		return false, err
	}
	if err != nil { // nothing is dropped on one word alone
		return false, nil
	}
	gone := d.named(api.InvalidAttributes())
	i := slices.IndexFunc(all, func(other intercom.Dataset) bool { return other.ID == d.id() })
	for _, c := range gone {
		listed := i >= 0 && slices.ContainsFunc(all[i].Attributes, func(a intercom.Attribute) bool { return a.Request() == c.Attribute.Request() })
		if listed || c.Key {
			return false, nil
		}
	}
	if len(gone) == 0 {
		return false, nil
	}
	r.giveUpAll(d)
	for _, c := range gone {
		d.dropped[c.Name] = true
		if err := r.warn(ctx, "%s: Intercom has no attribute %q any more; column %s is null from now on", d.selected.Table.Name, c.Attribute.Request(), c.Name); err != nil {
			return false, err
		}
	}
	if err := d.prepare(r); err != nil {
		return false, fmt.Errorf("dataset %s: %w", d.id(), err)
	}
	d.replan(r)
	return true, nil
}

// named are the reading's columns whose attributes go by these names.
func (d *reading) named(names []string) []dataset.Column {
	var found []dataset.Column
	for _, c := range d.request.columns {
		if slices.Contains(names, c.Attribute.Request()) || slices.Contains(names, c.Attribute.ID) {
			found = append(found, c)
		}
	}
	return found
}
