package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"intercom-connector/intercom"
)

// dropAttributes leaves out the attributes that Intercom rejects, if
// get_datasets does not list them any more either: their columns are null from
// now on. One that is still listed, or that the key needs, is an error.
func (s *syncRun) dropAttributes(ctx context.Context, w *window, cause error) (bool, error) {
	api, ok := errors.AsType[*intercom.Error](cause)
	if !ok || len(api.InvalidAttributes()) == 0 {
		return false, nil
	}
	l := w.lane
	all, err := s.workspace.client.Datasets(ctx)
	if fatal(ctx, err) {
		return false, err
	}
	if err != nil { // nothing is dropped on one word alone
		return false, nil
	}
	gone := l.named(api.InvalidAttributes())
	i := slices.IndexFunc(all, func(d intercom.Dataset) bool { return d.ID == l.table.dataset.ID })
	for _, c := range gone {
		listed := i >= 0 && slices.ContainsFunc(all[i].Attributes, func(a intercom.Attribute) bool { return a.Request() == c.attribute.Request() })
		if listed || c.key {
			return false, nil
		}
	}
	if len(gone) == 0 {
		return false, nil
	}
	s.ground(l)
	for _, c := range gone {
		l.dropped[c.name] = true
		if err := s.warn("%s: Intercom has no attribute %q any more; column %s is null from now on", l.table.name, c.attribute.Request(), c.name); err != nil {
			return false, err
		}
	}
	if err := l.prepare(); err != nil {
		return false, fmt.Errorf("dataset %s: %w", l.table.dataset.ID, err)
	}
	l.readings = l.state.readings(s.workspace.moment, s.workspace.config.LookbackDays)
	return true, nil
}

// named are the lane's columns whose attributes go by these names.
func (l *lane) named(names []string) []column {
	var found []column
	for _, c := range l.columns {
		if slices.Contains(names, c.attribute.Request()) || slices.Contains(names, c.attribute.ID) {
			found = append(found, c)
		}
	}
	return found
}
