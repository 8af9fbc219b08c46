package snapshot

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/outbox"
	"intercom-connector/connector/sent"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	sdk "intercom-connector/proto"
)

// changes sends rows that are new or differ from what was sent, and deletes those
// that are gone from a list that is proven complete. It knows of a row its key and a
// hash of its values, which lie in the state.
//
// A row is in the state before it is sent, as one of which nothing is sure, and so it
// is before it is deleted: a sync that is cut off leaves no row that nobody knows of,
// and no memory of what the destination may not hold.
type changes struct {
	reader  Reader
	send    *sender
	rows    *outbox.Rows
	held    map[string]map[string]uint64 // by table and key, the hash; unsure where it is not known
	seen    map[string]map[string]uint64 // the same, of this stage's rows
	waiting []tables.Row                 // that are to be sent
	altered map[string]bool              // tables that the state does not have as they are held
	crowded map[string]bool              // tables whose keys do not fit
}

// unsure is in the place of the hash of a row that the destination may hold or not.
const unsure = 0

// waitingRows are how many rows wait for the checkpoint that tells of their keys.
const waitingRows = 5000

// newChanges takes up what was sent; nil where every row is sent each day.
func newChanges(r Reader, send *sender, rows *outbox.Rows) *changes {
	if r.Workspace.Settings.Memberships != configuration.MembershipsChanged {
		return nil
	}
	c := &changes{
		reader: r, send: send, rows: rows,
		held: map[string]map[string]uint64{}, seen: map[string]map[string]uint64{}, altered: map[string]bool{}, crowded: map[string]bool{},
	}
	for table, keys := range r.State.Held {
		c.held[table] = unpacked(keys)
		if send.selects(table) {
			continue
		}
		for key := range c.held[table] { // somebody may empty the table until it is synced again
			c.held[table][key] = unsure
		}
		r.State.Held[table] = packed(c.held[table])
	}
	return c
}

// row takes the next row of a stage.
func (c *changes) row(ctx context.Context, row tables.Row) error {
	p, selected := c.send.plans[row.Table]
	if !selected || row.Table == tables.Snapshot || c.crowded[row.Table] {
		return c.send.row(ctx, row)
	}
	key, hash := p.key(row), p.hash(row)
	if c.seen[row.Table] == nil {
		c.seen[row.Table] = map[string]uint64{}
	}
	c.seen[row.Table][key] = hash
	if c.held[row.Table][key] == hash {
		return nil
	}
	if c.waiting = append(c.waiting, row); len(c.waiting) < waitingRows {
		return nil
	}
	return c.flush(ctx)
}

// flush sends the rows that wait.
func (c *changes) flush(ctx context.Context) error {
	if len(c.waiting) == 0 {
		return nil
	}
	for _, row := range c.waiting {
		if c.held[row.Table] == nil {
			c.held[row.Table] = map[string]uint64{}
		}
		p := c.send.plans[row.Table]
		c.held[row.Table][p.key(row)], c.altered[row.Table] = unsure, true
	}
	if err := c.keep(ctx); err != nil {
		return err
	}
	for _, row := range c.waiting {
		if err := c.send.row(ctx, row); err != nil {
			return err
		}
		if held := c.held[row.Table]; held != nil {
			p := c.send.plans[row.Table]
			held[p.key(row)], c.altered[row.Table] = p.hash(row), true
		}
	}
	c.waiting = nil
	return c.rows.Flush(ctx)
}

// end ends a stage whose rows have all come. The state is to be kept after it.
func (c *changes) end(ctx context.Context, stage membership.Stage, proven bool) error {
	if err := c.flush(ctx); err != nil {
		return err
	}
	gone := map[string][]string{}
	for _, table := range stage.Tables() {
		if !c.send.selects(table) {
			continue
		}
		for key := range c.held[table] {
			if _, seen := c.seen[table][key]; !seen && proven {
				gone[table] = append(gone[table], key)
				c.held[table][key], c.altered[table] = unsure, true
			}
		}
		delete(c.seen, table)
	}
	if len(gone) > 0 {
		if err := c.keep(ctx); err != nil {
			return err
		}
	}
	for _, table := range slices.Sorted(maps.Keys(gone)) {
		if c.crowded[table] {
			continue
		}
		slices.Sort(gone[table])
		for _, key := range gone[table] {
			if err := c.send.delete(ctx, table, key); err != nil {
				return err
			}
			delete(c.held[table], key)
		}
		c.altered[table] = true
		c.reader.Log.Info("rows that are gone are deleted", "table", table, "rows", len(gone[table]))
	}
	if err := c.rows.Flush(ctx); err != nil {
		return err
	}
	return c.pack(ctx)
}

// keep makes last what is held.
func (c *changes) keep(ctx context.Context) error {
	if err := c.pack(ctx); err != nil {
		return err
	}
	return c.reader.Keep(ctx)
}

// pack puts into the state what is held. A table that does not fit is sent whole each
// day from then on, as with MembershipsCurrent; one that is not selected goes first.
func (c *changes) pack(ctx context.Context) error {
	held, bytes := map[string]sent.Keys{}, 0
	for table, rows := range c.held {
		held[table] = c.reader.State.Held[table]
		if c.altered[table] {
			held[table] = packed(rows)
		}
		bytes += held[table].Bytes()
	}
	for bytes > c.reader.Room {
		table := c.leastNeeded(held)
		bytes -= held[table].Bytes()
		delete(held, table)
		delete(c.held, table)
		c.crowded[table] = true
		if err := c.reader.Warn(ctx, c.tooMany(table)); err != nil {
			return err
		}
	}
	c.reader.State.Held = held
	clear(c.altered)
	return nil
}

// leastNeeded is the largest table of those that are not selected, or of all.
func (c *changes) leastNeeded(held map[string]sent.Keys) string {
	tables := slices.Collect(maps.Keys(held))
	if unselected := slices.DeleteFunc(slices.Clone(tables), c.send.selects); len(unselected) > 0 {
		tables = unselected
	}
	return slices.MaxFunc(tables, func(a, b string) int {
		return cmp.Or(held[a].Bytes()-held[b].Bytes(), strings.Compare(a, b))
	})
}

// tooMany says what it means that the keys of a table do not fit.
func (c *changes) tooMany(table string) string {
	means := fmt.Sprintf("its rows are sent whole each day, and none is deleted, as with %s %q", configuration.KeyMemberships, configuration.MembershipsCurrent)
	if !c.send.selects(table) {
		means = "it is not selected, and when it is again, rows that are gone by then stay"
	}
	return fmt.Sprintf("the keys of the table %s do not fit into the state: %s; %s gives the state more room", table, means, configuration.KeyStateLimit)
}

// packed are the keys of rows and behind each the hash of its row.
func packed(rows map[string]uint64) sent.Keys {
	set := make(map[string]struct{}, len(rows))
	for key, hash := range rows {
		set[string(binary.BigEndian.AppendUint64([]byte(key), hash))] = struct{}{}
	}
	return sent.Pack(set)
}

// unpacked is the other way.
func unpacked(keys sent.Keys) map[string]uint64 {
	rows := make(map[string]uint64, keys.Len())
	_ = keys.Each(func(key []byte) { // they were read once, with the state
		if n := len(key) - 8; n >= 0 {
			rows[string(key[:n])] = binary.BigEndian.Uint64(key[n:])
		}
	})
	return rows
}

// between stands between the values of a key: no id has it.
const between = "\x00"

// key is a row's, as text.
func (p plan) key(row tables.Row) string {
	var values []string
	for i, c := range p.table.Columns {
		if c.Key {
			values = append(values, fmt.Sprint(row.Values[i]))
		}
	}
	return strings.Join(values, between)
}

// hash is that of the values that are sent, 1 where they are the key alone.
func (p plan) hash(row tables.Row) uint64 {
	var text []byte
	for i, c := range p.table.Columns {
		if p.send[i] && !c.Key {
			text = fmt.Appendf(text, "%s %T %q\n", c.Name, row.Values[i], fmt.Sprint(row.Values[i]))
		}
	}
	if text == nil {
		return 1
	}
	return max(xxh3.Hash(text), 1)
}

// delete takes out the row of a key.
func (s *sender) delete(ctx context.Context, table, key string) error {
	data, values := map[string]*sdk.ValueType{}, strings.Split(key, between)
	for _, c := range s.plans[table].table.Columns {
		if c.Key && len(values) > 0 {
			data[c.Name], values = outbox.Value(c.Kind, values[0]), values[1:]
		}
	}
	return s.rows.Delete(ctx, table, data)
}
