package export

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/plan"
)

// Begin gives a table its state, made at its first run. A key that is another
// than before would double the rows: refused by a *KeyError. asked is the start
// that the configuration names, given whether it names one.
func (s *State) Begin(t Selected, asked, now time.Time, given bool) error {
	if s.Datasets == nil {
		s.Datasets = map[string]*plan.State{}
	}
	table := t.Table
	d := s.Datasets[table.Dataset]
	if d == nil && asked.After(now) {
		return &configuration.Error{Key: configuration.KeyStart, Want: fmt.Sprintf("is %s, which has not come yet", asked.Format(time.RFC3339))}
	}
	start := asked
	if oldest := now.Add(-LongRetention); start.Before(oldest) {
		start = oldest
	}
	switch {
	case d == nil:
		d = plan.NewState(start.Unix(), asked.Unix(), now.Unix())
		d.Key = table.Key()
		if table.Name != dataset.Snake(table.Dataset) {
			d.Table = table.Name
		}
		s.Datasets[table.Dataset] = d
	case !slices.Equal(d.Key, table.Key()):
		return &KeyError{Table: table.Name, Was: d.Key, Is: table.Key()}
	case given:
		d.BeginEarlier(asked.Unix(), start.Unix())
	}
	return nil
}

// KeyError says that a table's key is another than the one that its rows have.
type KeyError struct {
	Table   string
	Was, Is []string
}

func (e *KeyError) Error() string {
	return fmt.Sprintf("the table %s is keyed by %v, and now its key would be %v: put %s back, or re-sync the table", e.Table, e.Was, e.Is, configuration.KeyPrimaryKeys)
}

// NewColumns are, by table, those that it has now and had not in the last run;
// none at its first.
func (r *Run) NewColumns() map[string][]string {
	found := map[string][]string{}
	for _, d := range r.readings {
		for _, c := range d.selected.Table.Columns {
			if _, ok := d.state.Columns[c.Name]; !ok && d.state.Columns != nil {
				found[d.selected.Table.Name] = append(found[d.selected.Table.Name], c.Name)
			}
		}
	}
	return found
}

// Announce tells what is worth knowing before the first row: a start that
// Intercom no longer keeps, columns that are new. From then on the state has the
// tables' columns.
func (r *Run) Announce(ctx context.Context) error {
	if err := r.warnOfRetention(ctx); err != nil {
		return err
	}
	added := r.NewColumns()
	for _, d := range r.readings {
		d.state.Columns = d.selected.Table.Requests()
		if names := added[d.selected.Table.Name]; len(names) > 0 {
			if err := r.warn(ctx, "table %s has new columns (%s): rows read before now lack them until they are read again; re-sync the table to fill them", d.selected.Table.Name, enumerate(names)); err != nil {
				return err
			}
		}
	}
	return nil
}

// enumerate is names in a sentence, the first few of many.
func enumerate(names []string) string {
	const few = 20
	if len(names) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return strings.Join(names, ", ")
}

// Adopt makes the state of a dataset whose rows from a time up to another were
// read before there were states. The columns that the table has now are those
// that the rows have. They are read again as far as the look-back reaches.
func (s *State) Adopt(t *dataset.Table, from, to time.Time) {
	if s.Datasets == nil {
		s.Datasets = map[string]*plan.State{}
	}
	d := plan.NewState(from.Unix(), from.Unix(), to.Unix())
	d.Cursor, d.Columns = to.Unix(), t.Requests()
	s.Datasets[t.Dataset] = d
}
