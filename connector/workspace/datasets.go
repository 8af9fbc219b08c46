package workspace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/connector/export/plan"
	"intercom-connector/intercom"
	"intercom-connector/membership/tables"
)

// ListDatasets asks for the workspace's datasets and finds the configured ones
// among them. last is what earlier runs read, or nil: a configured dataset, or
// where all are any, that was read before and is gone is in Gone; one that never
// was is an error that names it.
func (w *Workspace) ListDatasets(ctx context.Context, last *export.State) error {
	all, err := w.Client.Datasets(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("the workspace has no dataset that could be exported: get_datasets lists none")
	}
	w.All, w.Datasets, w.Gone = all, nil, nil
	ids := idsOf(all)
	known := slices.Clone(ids)
	if last != nil {
		for id := range last.Datasets {
			if !slices.Contains(ids, id) {
				known = append(known, id)
			}
		}
	}
	if err := refuseStrangers(known, w.Settings); err != nil {
		return err
	}
	if w.Settings.Datasets == nil {
		w.Datasets = all
		w.Gone = slices.Sorted(slices.Values(known[len(ids):]))
		return nil
	}
	for _, id := range w.Settings.Datasets {
		switch i := slices.Index(ids, id); {
		case i >= 0:
			w.Datasets = append(w.Datasets, all[i])
		case slices.Contains(known, id):
			w.Gone = append(w.Gone, id)
		default:
			return &configuration.Error{Key: configuration.KeyDatasets, Want: absent(id, ids)}
		}
	}
	return nil
}

// absent says that there is no such dataset, and which was meant or which there are.
func absent(id string, ids []string) string {
	rest := configuration.Suggest(id, ids)
	if rest == "" && len(ids) > 0 && len(ids) <= maxListed {
		rest = "; it has " + strings.Join(ids, ", ")
	}
	return fmt.Sprintf("this workspace has no dataset %q%s", id, rest)
}

// maxListed are as many datasets as fit into a sentence. Intercom has thirteen.
const maxListed = 20

func idsOf(datasets []intercom.Dataset) []string {
	var ids []string
	for _, d := range datasets {
		ids = append(ids, d.ID)
	}
	return ids
}

// allRead is a state in which every dataset that the configuration names was read.
func (w *Workspace) allRead() *export.State {
	all := &export.State{Datasets: map[string]*plan.State{}}
	for _, ids := range []iter.Seq[string]{slices.Values(w.Settings.Datasets), maps.Keys(w.Settings.Attributes), maps.Keys(w.Settings.PrimaryKeys)} {
		for id := range ids {
			all.Datasets[id] = nil
		}
	}
	return all
}

// maxStrangers are as many as a person reads of.
const maxStrangers = 10

// refuseStrangers refuses lists for datasets that the workspace does not have.
func refuseStrangers(ids []string, settings configuration.Settings) error {
	var errs []error
	refuse := func(key string, lists map[string][]string) {
		for id := range lists {
			if !slices.Contains(ids, id) && len(errs) < maxStrangers {
				errs = append(errs, &configuration.Error{Key: key, Want: absent(id, ids)})
			}
		}
	}
	refuse(configuration.KeyAttributes, settings.Attributes)
	refuse(configuration.KeyPrimaryKeys, settings.PrimaryKeys)
	return errors.Join(errs...)
}

// Tables are what the configured datasets become.
type Tables struct {
	Tables []*dataset.Table
	// Skipped are the datasets that offer nothing to export, each a sentence;
	// Refused those that could not be read rightly, and those that offer nothing
	// though they were asked for by name.
	Skipped, Refused []error
}

// Tables plans the table of every configured dataset. last is what earlier runs
// read, whose names stay, or nil. keepTime keeps each table's time whether it is
// asked for or not.
func (w *Workspace) Tables(last *export.State, keepTime bool) (Tables, error) {
	var t Tables
	names := w.tableNames(last)
	for _, d := range w.Datasets {
		choice := dataset.Choice{Attributes: w.Settings.Attributes[d.ID], Key: w.Settings.PrimaryKeys[d.ID], Time: keepTime}
		if last != nil {
			choice.Given = last.Datasets[d.ID].Given()
		}
		table, err := dataset.New(d, names[d.ID], choice)
		_, skipped := errors.AsType[*dataset.SkippedError](err)
		skipped = skipped && w.Settings.Datasets == nil
		refused := !skipped && (errors.As(err, new(*dataset.SkippedError)) || errors.As(err, new(*dataset.RefusedError)))
		switch {
		case skipped:
			t.Skipped = append(t.Skipped, err)
		case refused:
			t.Refused = append(t.Refused, err)
		case err != nil:
			return Tables{}, err
		default:
			t.Tables = append(t.Tables, table)
		}
	}
	return t, nil
}

// tableNames gives every dataset of the workspace its table. Tables that are no
// dataset's keep their names whether they are wanted or not.
func (w *Workspace) tableNames(last *export.State) map[string]string {
	var reserved []string
	for _, t := range slices.Concat(tables.All(), tables.Lookups(), []tables.Table{tables.Deletions()}) {
		reserved = append(reserved, t.Name)
	}
	for _, t := range engagement.Tables() {
		reserved = append(reserved, t.Name)
	}
	given := map[string]string{}
	if last != nil {
		for id, d := range last.Datasets {
			given[id] = cmp.Or(d.Table, dataset.Snake(id))
		}
	}
	return dataset.TableNames(idsOf(w.All), reserved, given)
}

// Schema is the tables without the datasets and attributes that are asked for and
// not there: one that came and went must not keep a connection from syncing.
func (w *Workspace) Schema(ctx context.Context) (Tables, error) {
	if err := w.ListDatasets(ctx, w.allRead()); err != nil {
		return Tables{}, err
	}
	listed := *w
	listed.Settings.Attributes = map[string][]string{}
	for _, d := range w.Datasets {
		if names := w.Settings.Attributes[d.ID]; names != nil {
			listed.Settings.Attributes[d.ID] = dataset.Listed(d, names)
		}
	}
	return listed.Tables(nil, false)
}

// Renamed says whether a table or one of its columns bears another name than the
// rule would give it today, or is gone: a schema that was made without knowing
// earlier runs lists it otherwise.
func (w *Workspace) Renamed(t *dataset.Table) bool {
	if t.Name != w.tableNames(nil)[t.Dataset] {
		return true
	}
	i := slices.IndexFunc(w.Datasets, func(d intercom.Dataset) bool { return d.ID == t.Dataset })
	return i >= 0 && t.Renamed(w.Datasets[i])
}
