// Package doctor says whether a workspace will work with a configuration, and how
// long the first sync will take (estimate.go) and what a month comes to (bill.go),
// before anybody waits for one.
package doctor

import (
	"context"
	"errors"
	"fmt"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
	"intercom-connector/intercom/people"
)

// Examine looks at a workspace as a sync would. It runs up to two export jobs
// over a minute each, says how long the first sync will take, and counts the rows of
// the last week, by a job for each dataset, and those of segments and tags, by a few
// calls (people.go). Only a configuration that cannot be read, or a token that Intercom refuses, is an
// error; it is the only problem then.
func Examine(ctx context.Context, values map[string]string, o workspace.Options) (Examination, error) {
	return examine(ctx, values, o, true)
}

// Look is Examine without the export jobs: it takes seconds. Exports, and the
// minutes of the first sync, are zero.
func Look(ctx context.Context, values map[string]string, o workspace.Options) (Examination, error) {
	return examine(ctx, values, o, false)
}

func examine(ctx context.Context, values map[string]string, o workspace.Options, exports bool) (Examination, error) {
	settings, err := configuration.Parse(values)
	if err != nil {
		return failed(err), err
	}
	w, err := workspace.Connect(ctx, settings, o)
	if err != nil {
		return failed(err), err
	}
	defer w.Close()
	x := Examination{Workspace: Identity{
		ID: w.Me.AppID, Name: w.Me.AppName, Region: string(w.Me.Region), Timezone: w.Zone.String(), APIVersion: intercom.APIVersion,
	}}
	for _, err := range w.Mismatches() {
		x.problem(err)
	}
	x.unknown(w.Settings)
	x.scopes(ctx, w)
	if err := x.datasets(ctx, w); err != nil {
		x.problem(err)
	} else if exports {
		if err := x.exports(ctx, w); err != nil {
			x.problem(err)
		} else if x.Exports.SlotFree {
			x.bill(ctx, w)
		}
	}
	if exports {
		x.people(ctx, w)
	}
	x.estimate(w)
	x.RateLimit.Remaining, x.RateLimit.Limit, _ = w.Client.Budget()
	return x, nil
}

// failed is an examination that came to no workspace.
func failed(err error) (x Examination) {
	x.problem(err)
	return x
}

func (x *Examination) problem(err error) {
	x.Problems = append(x.Problems, workspace.Sentence(err))
	_, configured := errors.AsType[*configuration.Error](err)
	x.Misconfigured = x.Misconfigured || configured
}

// unknown names the keys that nobody knows: mostly misspelt ones.
func (x *Examination) unknown(settings configuration.Settings) {
	for _, key := range settings.Unknown {
		x.Warnings = append(x.Warnings, fmt.Sprintf("the key %q is not known, and does nothing%s", key, configuration.Suggest(key, configuration.Keys())))
	}
}

// scopes tries a call for each permission.
func (x *Examination) scopes(ctx context.Context, w *workspace.Workspace) {
	memberships := w.Settings.Memberships != configuration.MembershipsNone
	try := func(name string, needed bool, call func() error) {
		err := call()
		api, ok := errors.AsType[*intercom.Error](err)
		refused := ok && (api.Forbidden() || api.Unauthorized())
		x.Scopes = append(x.Scopes, Scope{Name: name, Needed: needed, Granted: !refused})
		if err != nil && (needed || !refused) {
			x.problem(fmt.Errorf("permission %q: %w", name, err))
		}
	}
	try("Export reporting data", true, func() error { _, err := w.Client.Datasets(ctx); return err })
	try("Read and list users and companies", memberships, func() error { _, err := people.ContactsPage(ctx, w.Client, 1, ""); return err })
	try("Read tags", memberships, func() error { _, _, err := people.Tags(ctx, w.Client); return err })
	if w.Settings.Engagement { // trying it takes the only slot of its exports
		try("Export content data", true, func() error { return w.TryMessages(ctx) })
	}
}

// datasets says what each becomes.
func (x *Examination) datasets(ctx context.Context, w *workspace.Workspace) error {
	err := w.ListDatasets(ctx, nil)
	if _, ok := errors.AsType[*configuration.Error](err); ok {
		return err
	}
	if err != nil {
		return nil // its permission was tried, and told of
	}
	for _, d := range w.Datasets {
		examined := Examined{ID: d.ID, Attributes: len(d.Attributes)}
		t, err := dataset.New(d, d.ID, dataset.Choice{Attributes: w.Settings.Attributes[d.ID], Key: w.Settings.PrimaryKeys[d.ID]})
		if skip, ok := errors.AsType[*dataset.SkippedError](err); ok {
			examined.Skipped = skip.Reason
		} else if err != nil {
			x.problem(err)
		} else if examined.Key = t.Key(); t.Occurrence {
			examined.Key = append(examined.Key, csv.OccurrenceColumn)
		}
		x.Datasets = append(x.Datasets, examined)
	}
	return nil
}
