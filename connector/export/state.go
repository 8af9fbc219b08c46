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

// State is all of a run that lasts until the next. It holds no secret and no
// row.
type State struct {
	Datasets map[string]*plan.State `json:"datasets,omitempty"`
	// Jobs are the export jobs that were in flight.
	Jobs []SavedJob `json:"jobs,omitempty"`
}

// SavedJob is an export job in flight; times are epoch seconds. AsOf is how old
// its rows are; Attributes stands for what was asked for.
type SavedJob struct {
	ID         string `json:"id"`
	Dataset    string `json:"dataset"`
	Start      int64  `json:"start"`
	End        int64  `json:"end"`
	Attributes string `json:"attributes"`
	AsOf       int64  `json:"as_of"`
}

// addJob remembers a job in flight.
func (s *State) addJob(job SavedJob) {
	s.dropJob(job.ID)
	s.Jobs = append(s.Jobs, job)
}

func (s *State) dropJob(id string) {
	s.Jobs = slices.DeleteFunc(s.Jobs, func(j SavedJob) bool { return j.ID == id })
}

// dropOldJobs forgets the jobs that are too old to be taken up.
func (s *State) dropOldJobs(now time.Time) {
	s.Jobs = slices.DeleteFunc(s.Jobs, func(j SavedJob) bool {
		age := now.Unix() - j.AsOf
		return age < 0 || age >= int64(plan.JobLife.Seconds())
	})
}

// NotYet refuses a start that lies in the future: a sync from there would read
// nothing and succeed.
func NotYet(start time.Time) error {
	return &configuration.Error{Key: configuration.KeyStart, Want: fmt.Sprintf("is %s, which has not come yet", start.Format(time.RFC3339))}
}

// Begin gives a table its state, made at its first run. A key that is another
// than before would double the rows: refused by a *KeyError. asked is the start
// that the configuration names, given whether it names one.
func (s *State) Begin(t dataset.Selected, asked, now time.Time, given bool) error {
	if s.Datasets == nil {
		s.Datasets = map[string]*plan.State{}
	}
	table := t.Table
	d := s.Datasets[table.Dataset]
	if d == nil && asked.After(now) {
		return NotYet(asked)
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
	return fmt.Sprintf("the table %s is keyed by %s, and now its key would be %s: put %s back if you changed it; else Intercom exports its rows by another time than before, or this version tells them apart better, and the table must be re-synced",
		e.Table, strings.Join(e.Was, ", "), strings.Join(e.Is, ", "), configuration.KeyPrimaryKeys)
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

// selectColumns notes which columns nobody wants, and gives those that nobody wanted in the
// last run and somebody wants now.
func (d *datasetRun) selectColumns() (wanted []string) {
	var unselected []string
	for _, c := range d.selected.Table.Columns {
		switch selected := c.Key || d.selected.Columns == nil || d.selected.Columns(c); {
		case !selected:
			unselected = append(unselected, c.Name)
		case slices.Contains(d.state.Unselected, c.Name):
			wanted = append(wanted, c.Name)
		}
	}
	slices.Sort(unselected)
	d.state.Unselected = unselected
	return wanted
}

// NewColumns are, by table, those that it has now and had not in the last run;
// none at its first.
func (r *Run) NewColumns() map[string][]string {
	found := map[string][]string{}
	for _, d := range r.datasets {
		for _, c := range d.selected.Table.Columns {
			if _, ok := d.state.Columns[c.Name]; !ok && d.state.Columns != nil {
				found[d.selected.Table.Name] = append(found[d.selected.Table.Name], c.Name)
			}
		}
	}
	return found
}

// goneColumns are those that the table had in the last run and that Intercom has no
// longer, sorted.
func (d *datasetRun) goneColumns() (gone []string) {
	now := d.selected.Table.Requests()
	for name := range d.state.Columns {
		if _, there := now[name]; !there && d.selected.Table.Whole {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	return gone
}

// Announce tells of columns that are new, or selected again, and of those that are gone. From then on the
// state has the tables' columns.
func (r *Run) Announce(ctx context.Context) error {
	added := r.NewColumns()
	for _, d := range r.datasets {
		if gone := d.goneColumns(); len(gone) > 0 {
			if err := r.warn(ctx, "table %s: Intercom has no attributes any more for the columns %s: rows that are read from now on, also again, have null there", d.selected.Table.Name, enumerate(gone)); err != nil {
				return err
			}
		}
		d.state.SetColumns(d.selected.Table.Requests())
		if names := slices.Concat(added[d.selected.Table.Name], d.selectColumns()); len(names) > 0 {
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
