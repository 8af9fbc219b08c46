// Package lookup is who works in the workspace, as tables of a connection: the
// teammates, the teams, and who is in which.
//
// Both lists are read whole in every sync. The state remembers what was sent of
// them, so that only what changed is sent, and what is gone is deleted.
package lookup

import (
	"context"
	"errors"
	"hash/fnv"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	"intercom-connector/connector/outbox"
	"intercom-connector/connector/selection"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
	"intercom-connector/membership/lookups"
	"intercom-connector/membership/tables"
	sdk "intercom-connector/proto"
)

// State is what was sent: for each table its rows' keys, the ids joined by a
// space, with a hash of the row; "?" where it is not sure what the destination holds.
type State map[string]map[string]string

// Doubt says that nothing is sure of a table that is not synced: somebody may have
// emptied it until it is again. Who is gone then is still known.
func (s State) Doubt(table string) {
	for id := range s[table] {
		s[table][id] = unsure
	}
}

// Reader is what the lists are read with. All of it is needed.
type Reader struct {
	Workspace *workspace.Workspace
	Selected  selection.Selection
	Out       *outbox.Outbox
	// State is that of the last sync, changed as it goes on.
	State State
	// Keep sends a checkpoint with the state.
	Keep func(ctx context.Context) error
	// Warn tells the person something.
	Warn func(ctx context.Context, message string) error
	Log  *slog.Logger
}

// Read reads both lists, and sends what changed. Nothing is said, and nothing done,
// where the token lacks the scope; lists that cannot be had otherwise are a
// Warning.
func (r Reader) Read(ctx context.Context) error {
	for table := range r.State {
		if !r.Selected.Table(table) {
			r.State.Doubt(table)
		}
	}
	all, err := lookups.Read(ctx, r.Workspace.Client)
	api, ok := errors.AsType[*intercom.Error](err)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case ok && api.Forbidden():
		r.Log.Info("no teammates and teams: the token lacks the permission", "reason", err)
		return nil
	case err != nil:
		return r.Warn(ctx, "teammates and teams stay as they were: "+err.Error())
	}
	var changed []changes
	for _, t := range tables.Lookups() {
		if r.Selected.Table(t.Name) {
			changed = append(changed, r.changes(t, all))
		}
	}
	return r.send(ctx, changed)
}

// changes are what a table's rows are now, and how they differ from what was sent.
type changes struct {
	table tables.Table
	is    map[string]string // as in [State]
	send  []map[string]*sdk.ValueType
	ids   []string // of those to send
	gone  []string // ids
}

func (r Reader) changes(t tables.Table, all []tables.Row) changes {
	sent, c := r.State[t.Name], changes{table: t, is: map[string]string{}}
	for _, row := range all {
		if row.Table != t.Name {
			continue
		}
		data, key := map[string]*sdk.ValueType{}, []string{}
		for i, column := range t.Columns {
			if column.Key {
				key = append(key, row.Values[i].(string))
			}
			if column.Key || r.Selected.Column(t.Name, column.Name) {
				data[column.Name] = outbox.Value(column.Kind, row.Values[i])
			}
		}
		id := strings.Join(key, " ")
		if c.is[id] = hash(t, data); c.is[id] != sent[id] {
			c.send, c.ids = append(c.send, data), append(c.ids, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(sent)) {
		if c.is[id] == "" {
			c.gone = append(c.gone, id)
		}
	}
	return c
}

// unsure is in the place of the hash of a row that the destination may hold or not.
const unsure = "?"

// send sends the rows that are not as they were sent, and deletes those that are gone.
// Before, a checkpoint says of which rows nothing is sure: a sync that is cut off leaves
// no row that nobody knows of, and no memory of what the destination may not hold.
func (r Reader) send(ctx context.Context, all []changes) error {
	differ := false
	for _, c := range all {
		for _, id := range slices.Concat(c.ids, c.gone) {
			if r.State[c.table.Name] == nil {
				r.State[c.table.Name] = map[string]string{}
			}
			r.State[c.table.Name][id], differ = unsure, true
		}
	}
	if differ {
		if err := r.Keep(ctx); err != nil {
			return err
		}
	}
	out := r.Out.Rows()
	for _, c := range all {
		for _, data := range c.send {
			if err := out.Upsert(ctx, c.table.Name, data); err != nil {
				return err
			}
		}
		for _, id := range c.gone {
			if err := out.Delete(ctx, c.table.Name, keyOf(c.table, id)); err != nil {
				return err
			}
		}
	}
	if err := out.Flush(ctx); err != nil {
		return err
	}
	for _, c := range all {
		r.State[c.table.Name] = c.is
	}
	return nil
}

// keyOf is a row's key by its ids, as the state has them.
func keyOf(t tables.Table, id string) map[string]*sdk.ValueType {
	ids, key := strings.Split(id, " "), map[string]*sdk.ValueType{}
	for i, c := range t.Columns {
		if c.Key && i < len(ids) {
			key[c.Name] = outbox.Value(c.Kind, ids[i])
		}
	}
	return key
}

// hash tells a row from what it was.
func hash(t tables.Table, data map[string]*sdk.ValueType) string {
	h := fnv.New64a()
	for _, c := range t.Columns {
		if value, sent := data[c.Name]; sent {
			b, err := proto.MarshalOptions{Deterministic: true}.Marshal(value)
			if err != nil {
				panic(err) // what Value makes can be encoded
			}
			h.Write([]byte(c.Name + "\x00" + strconv.Itoa(len(b)) + "\x00"))
			h.Write(b)
		}
	}
	return strconv.FormatUint(h.Sum64(), 36)
}
