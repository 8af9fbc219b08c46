package tester

import (
	"fmt"
	"strings"

	sdk "intercom-connector/proto"
)

// Fivetran's own columns.
const (
	syncedColumn  = "_fivetran_synced"
	deletedColumn = "_fivetran_deleted"
	idColumn      = "_fivetran_id" // the primary key of a table that has none
	reserved      = "_fivetran_"
)

// column is a column as the connector declares it, widened by the values seen.
type column struct {
	name     string
	typ      dataType
	key      bool
	selected bool
}

// tableName is a table's place: its source schema ("" without) and its name.
type tableName struct{ schema, name string }

func (n tableName) String() string {
	if n.schema == "" {
		return n.name
	}
	return n.schema + "." + n.name
}

// table is the reader's view of one table.
type table struct {
	name     tableName
	selected bool
	columns  []column
	index    map[string]int // by column name
	keys     []int          // the primary key's columns; empty: _fivetran_id

	expected int      // how many columns an UPSERT carries
	version  int      // counts changes of columns or types
	order    []int    // the columns in the order of the last record
	values   []*value // of the present record, by column; those of others are stale
	seen     []uint64 // the record in which a column was last seen
	record   uint64   // ordinal of the present record

	open *segment // the segment that takes the next record of its kind
}

// catalog holds the tables that the connector has announced.
type catalog struct {
	withSchema bool
	tables     map[tableName]*table
	order      []*table
	selection  *sdk.Selection
}

// add takes the tables of a Schema answer or a SchemaChange: new tables, new
// columns and wider types. What a change does not mention stays.
func (c *catalog) add(schema string, list []*sdk.Table) error {
	for _, t := range list {
		if err := c.addTable(tableName{schema, t.GetName()}, t); err != nil {
			return err
		}
	}
	return nil
}

func (c *catalog) addTable(name tableName, from *sdk.Table) error {
	if name.name == "" {
		return broken(RuleSchema, "a table has no name")
	}
	if len(from.GetColumns()) == 0 {
		return &RuleError{Rule: RuleSchema, Table: name.String(), Detail: "the table has no columns"}
	}
	columns, err := declaredColumns(name, from)
	if err != nil {
		return err
	}
	t := c.tables[name]
	if t == nil {
		for other := range c.tables {
			if strings.EqualFold(other.String(), name.String()) {
				return &RuleError{
					Rule: RuleSchema, Table: name.String(),
					Detail: fmt.Sprintf("two tables are called %q and %q: a destination does not tell them apart", other, name),
				}
			}
		}
		t = &table{name: name, index: map[string]int{}}
		c.tables[name] = t
		c.order = append(c.order, t)
	} else if err := t.sameKey(columns); err != nil {
		return err
	}
	c.merge(t, columns)
	return nil
}

// declaredColumns reads and checks a table's columns.
func declaredColumns(table tableName, from *sdk.Table) ([]column, error) {
	var columns []column
	names := map[string]string{}
	for _, col := range from.GetColumns() {
		fail := func(rule Rule, format string, args ...any) error {
			return &RuleError{Rule: rule, Table: table.String(), Column: col.GetName(), Detail: fmt.Sprintf(format, args...)}
		}
		folded := strings.ToLower(col.GetName())
		if folded == "" {
			return nil, fail(RuleSchema, "a column has no name")
		}
		if other, twice := names[folded]; twice {
			return nil, fail(RuleSchema, "the column is there twice (%q and %q): a destination does not tell them apart", other, col.GetName())
		}
		names[folded] = col.GetName()
		if strings.HasPrefix(folded, reserved) {
			return nil, fail(RuleReservedName, "names that start with %s are Fivetran's own", reserved)
		}
		typ, err := declaredType(col)
		if err != nil {
			return nil, fail(RuleSchema, "%s", err)
		}
		if col.GetPrimaryKey() && !typ.known() {
			return nil, fail(RuleSchema, "a primary key column needs a type")
		}
		columns = append(columns, column{name: col.GetName(), typ: typ, key: col.GetPrimaryKey()})
	}
	return columns, nil
}

// sameKey refuses a change of the primary key.
func (t *table) sameKey(columns []column) error {
	for _, col := range columns {
		if i, ok := t.index[col.name]; (ok && t.columns[i].key != col.key) || (!ok && col.key) {
			return &RuleError{
				Rule: RulePrimaryKeyChange, Table: t.name.String(), Column: col.name,
				Detail: "a SchemaChange cannot change a table's primary key",
			}
		}
	}
	return nil
}

func (c *catalog) merge(t *table, columns []column) {
	for _, col := range columns {
		i, ok := t.index[col.name]
		if !ok {
			i = len(t.columns)
			t.index[col.name] = i
			t.columns = append(t.columns, col)
			if col.key {
				t.keys = append(t.keys, i)
			}
		}
		t.columns[i].typ = widen(t.columns[i].typ, col.typ)
	}
	t.selected = tableSelected(c.selection, t.name)
	t.expected = 0
	for i := range t.columns {
		col := &t.columns[i]
		if col.selected = col.key || columnSelected(c.selection, t.name, col.name); col.selected {
			t.expected++
		}
	}
	t.values = make([]*value, len(t.columns))
	t.seen = make([]uint64, len(t.columns))
	t.order = t.order[:0]
	t.version++
}

// tableSelected tells whether the user wants the table: it says so itself, or
// falls under its parent's word on new tables. No selection means everything.
func tableSelected(s *sdk.Selection, name tableName) bool {
	switch sel := s.GetSelection().(type) {
	case *sdk.Selection_WithoutSchema:
		return included(sel.WithoutSchema.GetTables(), name.name, sel.WithoutSchema.GetIncludeNewTables())
	case *sdk.Selection_WithSchema:
		for _, schema := range sel.WithSchema.GetSchemas() {
			if schema.GetSchemaName() == name.schema {
				return schema.GetIncluded() && included(schema.GetTables(), name.name, schema.GetIncludeNewTables())
			}
		}
		return sel.WithSchema.GetIncludeNewSchemas()
	}
	return true
}

func included(tables []*sdk.TableSelection, name string, otherwise bool) bool {
	if t := selectionOf(tables, name); t != nil {
		return t.GetIncluded()
	}
	return otherwise
}

func selectionOf(tables []*sdk.TableSelection, name string) *sdk.TableSelection {
	for _, t := range tables {
		if t.GetTableName() == name {
			return t
		}
	}
	return nil
}

func columnSelected(s *sdk.Selection, name tableName, column string) bool {
	tables := s.GetWithoutSchema().GetTables()
	for _, schema := range s.GetWithSchema().GetSchemas() {
		if schema.GetSchemaName() == name.schema {
			tables = schema.GetTables()
		}
	}
	t := selectionOf(tables, name.name)
	if t == nil {
		return true
	}
	if included, listed := t.GetColumns()[column]; listed {
		return included
	}
	return t.GetIncludeNewColumns()
}
