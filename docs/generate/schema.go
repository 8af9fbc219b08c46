package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"intercom-connector/connector"
	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/connector/workspace"
	"intercom-connector/membership/tables"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// table is a table as the connector declares it.
type table struct {
	name    string
	of      group
	columns []column
}

// group is what a table belongs to.
type group int

const (
	datasets group = iota // of the reporting export
	members               // of lists: deletions, teammates, segments and tags
	messages              // message engagement
)

// groupOf is the group of a table that is no dataset's.
func groupOf(name string) (group, bool) {
	switch {
	case slices.ContainsFunc(slices.Concat(tables.All(), tables.Lookups(), []tables.Table{tables.Deletions()}), func(t tables.Table) bool { return t.Name == name }):
		return members, true
	case slices.ContainsFunc(engagement.Tables(), func(t csv.Table) bool { return t.Name == name }):
		return messages, true
	}
	return datasets, false
}

// column is a column, with the attribute of Intercom's that it holds.
type column struct {
	name string
	kind sdk.DataType
	key  bool
	// attribute is the attribute as an export asks for it; "" for a column that
	// the connector itself adds.
	attribute string
}

// custom says that the attribute is of a workspace's own making.
func (c column) custom() bool {
	namespace, _, qualified := strings.Cut(c.attribute, ".")
	return qualified && !slices.Contains([]string{
		"standard", "timestamp", "duration", "team", "teammate", "call", "conversation-rating-sent",
	}, namespace)
}

func (t table) keys() []string {
	var names []string
	for _, c := range t.columns {
		if c.key {
			names = append(names, c.name)
		}
	}
	return names
}

// schema asks a connector for every table that it can have.
func schema(ctx context.Context) ([]table, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	client, values, stop, err := serve()
	if err != nil {
		return nil, err
	}
	defer stop()
	response, err := client.Schema(ctx, &sdk.SchemaRequest{Configuration: values})
	if err != nil {
		return nil, err
	}
	attributes, err := attributes(ctx, values)
	if err != nil {
		return nil, err
	}
	var all []table
	for _, p := range response.GetWithoutSchema().GetTables() {
		t := table{name: p.GetName()}
		held, ok := attributes[t.name]
		if !ok {
			if t.of, ok = groupOf(t.name); !ok {
				return nil, fmt.Errorf("the workspace says nothing of table %s", t.name)
			}
		}
		for _, c := range p.GetColumns() {
			t.columns = append(t.columns, column{c.GetName(), c.GetType(), c.GetPrimaryKey(), held[c.GetName()]})
		}
		all = append(all, t)
	}
	// The datasets first, as the export lists them.
	slices.SortStableFunc(all, func(a, b table) int { return cmp.Compare(a.of, b.of) })
	return all, nil
}

// serve runs a sandbox and a connector on free ports of this machine, and
// returns the configuration that gives every table.
func serve() (client sdk.SourceConnectorClient, values map[string]string, stop func(), err error) {
	base, closeSandbox, err := sandbox.New(sandbox.Options{Contacts: 1, Companies: 1, RowsPerDay: 1}).Listen("127.0.0.1:0")
	if err != nil {
		return nil, nil, nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, nil, errors.Join(err, closeSandbox())
	}
	server := connector.NewServer(connector.Options{AllowBaseURL: true})
	go func() { _ = server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///"+listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	stop = func() {
		_ = conn.Close()
		server.Stop()
		_ = closeSandbox()
	}
	return sdk.NewSourceConnectorClient(conn), map[string]string{
		"access_token": "sandbox-token", "base_url": base,
		"dataset_id": "all", "memberships": "daily", "engagement": "on", "lookback_days": "0",
	}, stop, err
}

// attributes are, by table and column, those of Intercom that each holds.
func attributes(ctx context.Context, values map[string]string) (map[string]map[string]string, error) {
	settings, err := configuration.Parse(values)
	if err != nil {
		return nil, err
	}
	w, err := workspace.Open(ctx, settings, workspace.Options{}, nil)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	planned, err := w.Tables(nil, false)
	if err != nil {
		return nil, err
	}
	found := map[string]map[string]string{}
	for _, t := range planned.Tables {
		found[t.Name] = t.Requests()
	}
	return found, nil
}
