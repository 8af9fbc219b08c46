package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
)

// workspace is what two calls tell of the workspace behind a token, and what
// the configuration wants of it.
type workspace struct {
	config   Config
	client   *intercom.Client
	me       intercom.Me
	moment   moment
	datasets []intercom.Dataset // those configured, in the configuration's order
}

// close lets go of the connections to Intercom.
func (w *workspace) close() { w.client.CloseIdleConnections() }

// open reads the configuration and looks at the workspace: GET /me, then
// get_datasets.
func (c *Connector) open(ctx context.Context, values map[string]string) (*workspace, error) {
	w, err := c.connect(ctx, values)
	if err != nil {
		return nil, err
	}
	all, err := w.client.Datasets(ctx)
	if err == nil {
		w.datasets, err = choose(all, w.config)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// connect reads the configuration and asks whose token it is.
func (c *Connector) connect(ctx context.Context, values map[string]string) (*workspace, error) {
	config, err := ParseConfig(values)
	if err != nil {
		return nil, err
	}
	if len(config.Unknown) > 0 {
		c.log.Warn("the configuration holds keys that this connector does not know", "keys", config.Unknown)
	}
	client, err := intercom.New(intercom.Config{
		Token:     config.Token,
		BaseURL:   config.BaseURL,
		Region:    config.Region,
		AppID:     config.AppID,
		ClientID:  config.ClientID,
		Transport: c.options.Transport,
		Timeouts:  c.options.Timeouts,
		Log:       c.log,
	})
	if err != nil {
		return nil, err
	}
	me, err := client.Me(ctx)
	var zone *time.Location
	if err == nil {
		zone, err = zoneOf(config, me)
	}
	if err != nil {
		client.CloseIdleConnections()
		return nil, err
	}
	return &workspace{
		config: config,
		client: client.ForWorkspace(me),
		me:     me,
		moment: moment{now: earliest(c.options.Now(), me.ServerTime), zone: zone},
	}, nil
}

// zoneOf is the zone in which the workspace writes times.
func zoneOf(config Config, me intercom.Me) (*time.Location, error) {
	if config.Timezone != nil {
		return config.Timezone, nil
	}
	if me.Timezone == "" {
		return nil, &ConfigError{keyTimezone, "is needed: Intercom did not say which zone the workspace is in; write an IANA name such as Europe/Dublin"}
	}
	zone, err := time.LoadLocation(me.Timezone)
	if err != nil {
		return nil, &ConfigError{keyTimezone, fmt.Sprintf("is needed: Intercom says %q, which is no zone that this machine knows; write an IANA name such as Europe/Dublin", me.Timezone)}
	}
	return zone, nil
}

// earliest is the smaller of our clock and Intercom's, to the second: whichever
// runs ahead, no row is skipped.
func earliest(ours, theirs time.Time) time.Time {
	if !theirs.IsZero() && theirs.Before(ours) {
		return theirs.Truncate(time.Second)
	}
	return ours.Truncate(time.Second)
}

// choose finds the configured datasets among those that the workspace has.
func choose(all []intercom.Dataset, config Config) ([]intercom.Dataset, error) {
	var ids []string
	for _, d := range all {
		ids = append(ids, d.ID)
	}
	if err := strangersTo(ids, config); err != nil {
		return nil, err
	}
	if config.Datasets == nil {
		return all, nil
	}
	var chosen []intercom.Dataset
	for _, id := range config.Datasets {
		i := slices.Index(ids, id)
		if i < 0 {
			return nil, &ConfigError{keyDatasets, fmt.Sprintf("this workspace has no dataset %q%s", id, suggest(id, ids))}
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// strangersTo refuses lists for datasets that the workspace does not have.
func strangersTo(ids []string, config Config) error {
	var errs []error
	refuse := func(key string, lists map[string][]string) {
		for dataset := range lists {
			if !slices.Contains(ids, dataset) {
				errs = append(errs, &ConfigError{key, fmt.Sprintf("this workspace has no dataset %q%s", dataset, suggest(dataset, ids))})
			}
		}
	}
	refuse(keyAttributes, config.Attributes)
	refuse(keyPrimaryKeys, config.PrimaryKeys)
	return errors.Join(errs...)
}

// tables plans the table of every configured dataset; s may be nil. What cannot
// be a table is in skipped.
func (w *workspace) tables(s *state) (tables []*table, skipped []error, err error) {
	for _, dataset := range w.datasets {
		var formerly map[string]string
		if s != nil && s.Datasets[dataset.ID] != nil {
			formerly = s.Datasets[dataset.ID].Columns
		}
		t, err := newTable(dataset, w.config, formerly)
		var skip *SkippedError
		switch {
		case errors.As(err, &skip):
			skipped = append(skipped, err)
		case err != nil:
			return nil, nil, err
		case w.config.Memberships != MembershipsNone && slices.ContainsFunc(membership.Tables(), func(m membership.Table) bool { return m.Name == t.name }):
			return nil, nil, &ConfigError{keyMemberships, fmt.Sprintf("adds a table %s, and so does the dataset %s: leave one out", t.name, dataset.ID)}
		default:
			tables = append(tables, t)
		}
	}
	return tables, skipped, nil
}

// schema is the tables without the attributes that are not there: an attribute
// that came and went must not keep a connection from syncing.
func (w *workspace) schema() ([]*table, error) {
	config := w.config
	config.Attributes = map[string][]string{}
	for _, dataset := range w.datasets {
		if names := w.config.Attributes[dataset.ID]; names != nil {
			config.Attributes[dataset.ID] = listed(dataset, names)
		}
	}
	tolerant := *w
	tolerant.config = config
	tables, _, err := tolerant.tables(nil)
	return tables, err
}

// listed are the names that get_datasets knows; never nil, which would mean all.
func listed(dataset intercom.Dataset, names []string) []string {
	found := []string{}
	for _, name := range names {
		one := Config{Attributes: map[string][]string{dataset.ID: {name}}}
		if _, err := newTable(dataset, one, nil); err == nil {
			found = append(found, name)
		}
	}
	return found
}
