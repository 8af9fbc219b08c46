package main

import (
	"context"
	"errors"
	"slices"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/connector/workspace"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/reporting"
	"intercom-connector/sandbox"
)

// relations are all that lands: the tables of the membership, those of deletions,
// teammates and teams, those of message engagement, and those of the datasets as a
// workspace has them. What is of a workspace's own making is left out: no two workspaces
// have the same.
func relations(ctx context.Context) ([]relation, error) {
	var all []relation
	for _, t := range snapshots() {
		all = append(all, newRelation(t.Name, t.Columns))
	}
	for _, t := range engagement.Tables() {
		all = append(all, newRelation(t.Name, reporting.Columns(t)))
	}
	landed, err := datasets(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range landed {
		var own csv.Table
		for _, c := range t.Columns {
			if c.Own || c.Time {
				own.Columns = append(own.Columns, csv.Column{Name: c.Name, Kind: c.Kind})
			}
		}
		own.Occurrence = t.Occurrence
		all = append(all, newRelation(t.Name, reporting.Columns(own)))
	}
	return all, nil
}

// snapshots are the tables that are the same in every workspace.
func snapshots() []tables.Table {
	return slices.Concat(tables.All(), []tables.Table{tables.Deletions()}, tables.Lookups())
}

// datasets are those of a sandbox, as the operator reads them.
func datasets(ctx context.Context) (all []*dataset.Table, err error) {
	base, closeSandbox, err := sandbox.New(sandbox.Options{Contacts: 1, Companies: 1, RowsPerDay: 1}).Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeSandbox()) }()
	settings, err := configuration.Parse(map[string]string{
		configuration.KeyToken: "sandbox-token", configuration.KeyBaseURL: base, configuration.KeyDatasets: "all",
	})
	if err != nil {
		return nil, err
	}
	w, err := workspace.Open(ctx, settings, workspace.Options{}, nil)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	t, err := w.Tables(nil, true)
	return t.Tables, errors.Join(append(append(t.Refused, t.Skipped...), err)...)
}
