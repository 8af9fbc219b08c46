// Package selection is which tables and columns a person wants of a connection.
package selection

import sdk "intercom-connector/proto"

// Selection is what the person wants of the tables, from either shape that
// Fivetran sends it in. Absent, or present without a member, it means all.
type Selection struct {
	tables     map[string]*sdk.TableSelection
	newTables  bool
	everything bool
}

// New reads what Fivetran sends.
func New(s *sdk.Selection) Selection {
	switch shape := s.GetSelection().(type) {
	case *sdk.Selection_WithoutSchema:
		return Selection{
			tables:    byName(nil, shape.WithoutSchema.GetTables()),
			newTables: shape.WithoutSchema.GetIncludeNewTables(),
		}
	case *sdk.Selection_WithSchema:
		return ofSchemas(shape.WithSchema)
	default:
		return Selection{everything: true}
	}
}

// ofSchemas reads a selection in schemas: our tables have none, so that every
// included schema speaks of them.
func ofSchemas(s *sdk.TablesWithSchema) Selection {
	merged := Selection{newTables: s.GetIncludeNewSchemas()}
	for _, schema := range s.GetSchemas() {
		if schema.GetIncluded() {
			merged.tables = byName(merged.tables, schema.GetTables())
			merged.newTables = merged.newTables || schema.GetIncludeNewTables()
		}
	}
	return merged
}

func byName(tables map[string]*sdk.TableSelection, list []*sdk.TableSelection) map[string]*sdk.TableSelection {
	if tables == nil {
		tables = map[string]*sdk.TableSelection{}
	}
	for _, t := range list {
		tables[t.GetTableName()] = t
	}
	return tables
}

// Table says whether a table is wanted at all.
func (s Selection) Table(name string) bool {
	if t, ok := s.tables[name]; ok {
		return t.GetIncluded()
	}
	return s.everything || s.newTables
}

// Column says whether a column of a wanted table is wanted. Those of the key
// are sent whatever it says.
func (s Selection) Column(table, name string) bool {
	t, ok := s.tables[table]
	if !ok {
		return true
	}
	if included, listed := t.GetColumns()[name]; listed {
		return included
	}
	return t.GetIncludeNewColumns()
}
