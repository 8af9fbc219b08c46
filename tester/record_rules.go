package tester

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/protocol"
	"intercom-connector/tester/warehouse"
)

// fail adds to a broken rule where it was broken.
func (t *table) fail(e *protocol.RuleError, column string) error {
	e.Table, e.Column, e.Record = t.name.String(), column, int64(t.record)
	return e
}

func (t *table) present(i int) bool { return t.seen[i] == t.record }

// fill makes rec the table's present record: it finds the columns, checks the
// values and widens columns where one does not fit.
func (t *table) fill(rec *protocol.Record) error {
	n := 0
	for i := range rec.Fields {
		f := &rec.Fields[i]
		c, err := t.column(i, f.Name)
		if err != nil {
			return err
		}
		if !t.present(c) {
			t.seen[c] = t.record
			n++
		}
		if e := f.Value.Check(); e != nil {
			return t.fail(e, t.columns[c].Name)
		}
		t.values[c] = &f.Value
		if f.Value.Kind != protocol.KindNull {
			if err := t.fit(c); err != nil {
				return err
			}
		}
	}
	if rec.Op == sdk.RecordType_UPSERT && n != t.expected && !t.learns && !t.partial {
		return t.missing()
	}
	return t.keyed(rec.Op)
}

// column finds a record's i-th column: mostly it is the one that came i-th in
// the last record too.
func (t *table) column(i int, name []byte) (int, error) {
	if i < len(t.order) && t.columns[t.order[i]].Name == string(name) {
		return t.order[i], nil
	}
	c, ok := t.index[string(name)]
	if !ok {
		if !t.learns {
			return 0, t.fail(protocol.Broken(protocol.RuleUnknownColumn, "neither Schema nor a SchemaChange announced this column"), string(name))
		}
		var err error
		if c, err = t.learn(string(name)); err != nil {
			return 0, err
		}
	}
	if !t.columns[c].Selected {
		return 0, t.fail(protocol.Broken(protocol.RuleNotSelected, "the selection excludes this column"), string(name))
	}
	if i < len(t.order) {
		t.order[i] = c
	} else if i == len(t.order) {
		t.order = append(t.order, c)
	}
	return c, nil
}

// learn takes a column that no schema declared.
func (t *table) learn(name string) (int, error) {
	if strings.HasPrefix(strings.ToLower(name), warehouse.Reserved) {
		return 0, t.fail(protocol.Broken(protocol.RuleReservedName, "names that start with %s are Fivetran's own", warehouse.Reserved), name)
	}
	for _, c := range t.columns {
		if strings.EqualFold(c.Name, name) {
			return 0, t.fail(protocol.Broken(protocol.RuleUnknownColumn, "the table has a column %q: a destination does not tell them apart", c.Name), name)
		}
	}
	c := len(t.columns)
	t.index[name] = c
	t.columns = append(t.columns, warehouse.Column{Name: name, Selected: columnSelected(t.selection, t.name, name)})
	t.values, t.seen = append(t.values, nil), append(t.seen, 0)
	t.version++
	return c, nil
}

// fit widens a column that cannot hold its present value.
func (t *table) fit(c int) error {
	col := &t.columns[c]
	typ := col.Type.Holding(t.values[c])
	if typ == col.Type {
		return nil
	}
	if col.Key && !t.learned[c] {
		return t.fail(protocol.Broken(protocol.RuleKeyKind, "a primary key of type %s got a value of type %s", col.Type, warehouse.TypeOf(t.values[c])), col.Name)
	}
	col.Type = typ
	t.version++
	return nil
}

// missing names the columns that an UPSERT lacks.
func (t *table) missing() error {
	for i, c := range t.columns {
		if c.Selected && !t.present(i) {
			return t.fail(protocol.Broken(protocol.RuleMissingColumn, "an UPSERT must carry every column of its table (null where there is nothing)"), c.Name)
		}
	}
	return nil
}

// keyed checks that the record says which row it means.
func (t *table) keyed(op sdk.RecordType) error {
	for _, k := range t.keys {
		if !t.present(k) {
			return t.fail(protocol.Broken(protocol.RuleNullKey, "the record lacks a column of the primary key"), t.columns[k].Name)
		}
		if t.values[k].Kind == protocol.KindNull {
			return t.fail(protocol.Broken(protocol.RuleNullKey, "a column of the primary key is null"), t.columns[k].Name)
		}
	}
	if len(t.keys) == 0 && op == sdk.RecordType_UPDATE {
		return t.fail(protocol.Broken(protocol.RuleRecordType, "a table without a primary key takes no UPDATE"), "")
	}
	return nil
}

// rowID is the _fivetran_id of the present record: a hash of its values. Nulls
// are left out, so that a new column that is null does not make every row new.
func (t *table) rowID() []byte {
	h := sha256.New()
	var text []byte
	for i, c := range t.columns {
		if v := t.values[i]; t.present(i) && v.Kind != protocol.KindNull {
			text = v.AppendText(text[:0])
			fmt.Fprintf(h, "%d:%s=%d:", len(c.Name), c.Name, len(text))
			h.Write(text)
		}
	}
	return base64.RawURLEncoding.AppendEncode(nil, h.Sum(nil))
}
