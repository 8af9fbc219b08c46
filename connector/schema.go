package connector

import (
	"context"

	sdk "intercom-connector/proto"
	"intercom-connector/wire"
)

// Schema lists a table for every configured dataset, named after its id, and
// the segment and tag tables where they are wanted. An
// attribute that is asked for and not there is left out here; Test and Update
// name it.
func (c *Connector) Schema(ctx context.Context, request *sdk.SchemaRequest) (*sdk.SchemaResponse, error) {
	w, err := c.open(ctx, request.GetConfiguration())
	if err != nil {
		return nil, toStatus(err)
	}
	defer w.close()
	tables, err := w.schema()
	if err != nil {
		return nil, toStatus(err)
	}
	return &sdk.SchemaResponse{
		Response: &sdk.SchemaResponse_WithoutSchema{WithoutSchema: w.tableList(tables)},
	}, nil
}

// tableList is every table of the connection, in Fivetran's form.
func (w *workspace) tableList(tables []*table) *sdk.TableList {
	list := &sdk.TableList{Tables: membershipTables(w.config.Memberships)}
	for _, t := range tables {
		list.Tables = append(list.Tables, t.proto())
	}
	return list
}

// proto is the table as Fivetran wants it: the key first.
func (t *table) proto() *sdk.Table {
	p := &sdk.Table{Name: t.name}
	add := func(name string, kind sdk.DataType, key bool) {
		p.Columns = append(p.Columns, &sdk.Column{Name: name, Type: kind, PrimaryKey: key})
	}
	for _, c := range t.columns {
		if c.key {
			add(c.name, dataType(c.kind), true)
		}
	}
	if t.occurrence {
		add(wire.OccurrenceColumn, sdk.DataType_LONG, true)
	}
	for _, c := range t.columns {
		if !c.key {
			add(c.name, dataType(c.kind), false)
		}
	}
	add(wire.UnparsedColumn, sdk.DataType_JSON, false)
	return p
}

func dataType(kind wire.Kind) sdk.DataType {
	switch kind {
	case wire.Long:
		return sdk.DataType_LONG
	case wire.Double:
		return sdk.DataType_DOUBLE
	case wire.UTCDatetime:
		return sdk.DataType_UTC_DATETIME
	default:
		return sdk.DataType_STRING
	}
}
