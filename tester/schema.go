package tester

import (
	"context"
	"errors"
	"fmt"
	"strings"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/protocol"
	"intercom-connector/tester/warehouse"
)

// table is the reader's view of one table.
type table struct {
	name      warehouse.TableName
	selection *sdk.Selection
	selected  bool
	columns   []warehouse.Column
	index     map[string]int // by column name
	keys      []int          // the primary key's columns; empty: _fivetran_id

	expected int               // how many columns an UPSERT carries
	version  int               // counts changes of columns or types
	order    []int             // the columns in the order of the last record
	values   []*protocol.Value // of the present record, by column; those of others are stale
	seen     []uint64          // the record in which a column was last seen
	record   uint64            // ordinal of the present record

	// learns says that the connector leaves types, and so columns, to its
	// records, as those do that are made with Fivetran's Connector SDK: a primary
	// key of its has no type. learned are the keys whose type a record gave.
	learns  bool
	learned map[int]bool
	// partial says that an UPSERT may leave columns out: see Config.ConnectorSDK.
	partial bool

	open *stagedRows // the group that takes the next record of its kind
}

// catalog holds the tables that the connector has announced.
type catalog struct {
	withSchema bool
	tables     map[warehouse.TableName]*table
	order      []*table
	selection  *sdk.Selection
	partial    bool // as in table
}

// add takes the tables of a Schema answer or a SchemaChange: new tables, new
// columns and wider types. What a change does not mention stays.
func (c *catalog) add(schema string, list []*sdk.Table) error {
	for _, t := range list {
		if err := c.addTable(warehouse.TableName{Schema: schema, Name: t.GetName()}, t); err != nil {
			return err
		}
	}
	return nil
}

func (c *catalog) addTable(name warehouse.TableName, from *sdk.Table) error {
	if name.Name == "" {
		return protocol.Broken(protocol.RuleSchema, "a table has no name")
	}
	if len(from.GetColumns()) == 0 {
		return &protocol.RuleError{Rule: protocol.RuleSchema, Table: name.String(), Detail: "the table has no columns"}
	}
	columns, err := declaredColumns(name, from)
	if err != nil {
		return err
	}
	t := c.tables[name]
	if t == nil {
		for other := range c.tables {
			if strings.EqualFold(other.String(), name.String()) {
				return &protocol.RuleError{
					Rule: protocol.RuleSchema, Table: name.String(),
					Detail: fmt.Sprintf("two tables are called %q and %q: a destination does not tell them apart", other, name),
				}
			}
		}
		t = &table{name: name, selection: c.selection, partial: c.partial, index: map[string]int{}, learned: map[int]bool{}}
		c.tables[name] = t
		c.order = append(c.order, t)
	} else if err := t.sameKey(columns); err != nil {
		return err
	}
	c.merge(t, columns)
	return nil
}

// declaredColumns reads and checks a table's columns.
func declaredColumns(table warehouse.TableName, from *sdk.Table) ([]warehouse.Column, error) {
	var columns []warehouse.Column
	names := map[string]string{}
	for _, col := range from.GetColumns() {
		fail := func(rule protocol.Rule, format string, args ...any) error {
			return &protocol.RuleError{Rule: rule, Table: table.String(), Column: col.GetName(), Detail: fmt.Sprintf(format, args...)}
		}
		folded := strings.ToLower(col.GetName())
		if folded == "" {
			return nil, fail(protocol.RuleSchema, "a column has no name")
		}
		if other, twice := names[folded]; twice {
			return nil, fail(protocol.RuleSchema, "the column is there twice (%q and %q): a destination does not tell them apart", other, col.GetName())
		}
		names[folded] = col.GetName()
		if strings.HasPrefix(folded, warehouse.Reserved) {
			return nil, fail(protocol.RuleReservedName, "names that start with %s are Fivetran's own", warehouse.Reserved)
		}
		typ, err := warehouse.DeclaredType(col)
		if err != nil {
			return nil, fail(protocol.RuleSchema, "%s", err)
		}
		columns = append(columns, warehouse.Column{Name: col.GetName(), Type: typ, Key: col.GetPrimaryKey()})
	}
	return columns, nil
}

// sameKey refuses a change of the primary key.
func (t *table) sameKey(columns []warehouse.Column) error {
	for _, col := range columns {
		if i, ok := t.index[col.Name]; (ok && t.columns[i].Key != col.Key) || (!ok && col.Key) {
			return &protocol.RuleError{
				Rule: protocol.RulePrimaryKeyChange, Table: t.name.String(), Column: col.Name,
				Detail: "a SchemaChange cannot change a table's primary key",
			}
		}
	}
	return nil
}

// merge adds columns to a table, and widens those that it has.
func (c *catalog) merge(t *table, columns []warehouse.Column) {
	for _, col := range columns {
		i, ok := t.index[col.Name]
		if !ok {
			i = len(t.columns)
			t.index[col.Name] = i
			t.columns = append(t.columns, col)
			if col.Key {
				t.keys = append(t.keys, i)
				t.learned[i] = !col.Type.Known()
				t.learns = t.learns || t.learned[i]
			}
		}
		t.columns[i].Type = warehouse.Widen(t.columns[i].Type, col.Type)
	}
	t.selected = tableSelected(t.selection, t.name)
	t.expected = 0
	for i := range t.columns {
		col := &t.columns[i]
		if col.Selected = col.Key || columnSelected(t.selection, t.name, col.Name); col.Selected {
			t.expected++
		}
	}
	t.values = make([]*protocol.Value, len(t.columns))
	t.seen = make([]uint64, len(t.columns))
	t.order = t.order[:0]
	t.version++
}

// schema asks the connector for its tables.
func (s *session) schema(ctx context.Context) (*catalog, error) {
	answer, err := s.client.Schema(ctx, &sdk.SchemaRequest{Configuration: s.config.Configuration}, s.compressed()...)
	if err != nil {
		return nil, rpcError("Schema", err)
	}
	tables := &catalog{tables: map[warehouse.TableName]*table{}, selection: s.config.Selection, partial: s.config.ConnectorSDK}
	switch r := answer.GetResponse().(type) {
	case *sdk.SchemaResponse_WithoutSchema:
		return tables, tables.add("", r.WithoutSchema.GetTables())
	case *sdk.SchemaResponse_WithSchema:
		tables.withSchema = true
		for _, list := range r.WithSchema.GetSchemas() {
			if list.GetName() == "" {
				return nil, protocol.Broken(protocol.RuleSchema, "a schema has no name")
			}
			if err := tables.add(list.GetName(), list.GetTables()); err != nil {
				return nil, err
			}
		}
		return tables, nil
	case *sdk.SchemaResponse_SchemaResponseNotSupported:
		return nil, errors.New("this connector does not announce its schema (schema_response_not_supported): this tester needs one, to tell a record that breaks the rules from one that does not")
	}
	return nil, protocol.Broken(protocol.RuleSchema, "Schema answered without any tables")
}
