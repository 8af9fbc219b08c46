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
// space, with a hash of the row.
type State map[string]map[string]string

// Reader is what the lists are read with. All of it is needed.
type Reader struct {
	Workspace *workspace.Workspace
	Selected  selection.Selection
	Out       *outbox.Outbox
	// State is that of the last sync, changed as it goes on.
	State State
	// Warn tells the person something.
	Warn func(ctx context.Context, message string) error
	Log  *slog.Logger
}

// Read reads both lists, and sends what changed. Nothing is said, and nothing done,
// where the token lacks the scope; lists that cannot be had otherwise are a
// Warning.
func (r Reader) Read(ctx context.Context) error {
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
	rows := map[string][][]any{}
	for _, row := range all {
		rows[row.Table] = append(rows[row.Table], row.Values)
	}
	for _, t := range tables.Lookups() {
		if !r.Selected.Table(t.Name) {
			continue
		}
		if err := r.send(ctx, t, rows[t.Name]); err != nil {
			return err
		}
	}
	return nil
}

// send sends the rows of a table that are not as they were sent, and deletes those
// that are gone.
func (r Reader) send(ctx context.Context, t tables.Table, rows [][]any) error {
	out, sent, is := r.Out.Rows(), r.State[t.Name], map[string]string{}
	for _, values := range rows {
		data, key := map[string]*sdk.ValueType{}, []string{}
		for i, c := range t.Columns {
			if c.Key {
				key = append(key, values[i].(string))
			}
			if c.Key || r.Selected.Column(t.Name, c.Name) {
				data[c.Name] = outbox.Value(c.Kind, values[i])
			}
		}
		id := strings.Join(key, " ")
		if is[id] = hash(t, data); is[id] == sent[id] {
			continue
		}
		if err := out.Upsert(ctx, t.Name, data); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(sent)) {
		if is[id] != "" {
			continue
		}
		if err := out.Delete(ctx, t.Name, keyOf(t, id)); err != nil {
			return err
		}
	}
	r.State[t.Name] = is
	return out.Flush(ctx)
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
