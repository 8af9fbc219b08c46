package tester

import (
	sdk "intercom-connector/proto"
	"intercom-connector/tester/warehouse"
)

// tableSelected tells whether the user wants the table: it says so itself, or
// falls under its parent's word on new tables. No selection means everything.
func tableSelected(s *sdk.Selection, name warehouse.TableName) bool {
	switch sel := s.GetSelection().(type) {
	case *sdk.Selection_WithoutSchema:
		return included(sel.WithoutSchema.GetTables(), name.Name, sel.WithoutSchema.GetIncludeNewTables())
	case *sdk.Selection_WithSchema:
		for _, schema := range sel.WithSchema.GetSchemas() {
			if schema.GetSchemaName() == name.Schema {
				return schema.GetIncluded() && included(schema.GetTables(), name.Name, schema.GetIncludeNewTables())
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

func columnSelected(s *sdk.Selection, name warehouse.TableName, column string) bool {
	tables := s.GetWithoutSchema().GetTables()
	for _, schema := range s.GetWithSchema().GetSchemas() {
		if schema.GetSchemaName() == name.Schema {
			tables = schema.GetTables()
		}
	}
	t := selectionOf(tables, name.Name)
	if t == nil {
		return true
	}
	if included, listed := t.GetColumns()[column]; listed {
		return included
	}
	return t.GetIncludeNewColumns()
}
