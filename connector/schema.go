package connector

import (
	"context"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/outbox"
	"intercom-connector/connector/snapshot"
	"intercom-connector/membership/tables"
	sdk "intercom-connector/proto"
)

// Schema lists a table for every configured dataset, named after its id, the
// deleted conversations, teammates and teams, and the segment and tag tables and
// those of message engagement where they are wanted. A dataset or an attribute that is
// asked for and not there is left out here, since it may have been there once; Test
// and Update name it.
func (c *Connector) Schema(ctx context.Context, request *sdk.SchemaRequest) (*sdk.SchemaResponse, error) {
	w, err := c.during(request).connect(ctx, request.GetConfiguration())
	if err != nil {
		return nil, toStatus(err)
	}
	defer w.Close()
	tables, err := w.Schema(ctx)
	if err != nil {
		return nil, toStatus(err)
	}
	return &sdk.SchemaResponse{
		Response: &sdk.SchemaResponse_WithoutSchema{WithoutSchema: tableList(w.Settings, tables.Tables)},
	}, nil
}

// tableList is every table of the connection, in Fivetran's form.
func tableList(s configuration.Settings, datasets []*dataset.Table) *sdk.TableList {
	list := &sdk.TableList{Tables: snapshot.Tables(s.Memberships)}
	list.Tables = append(list.Tables, engagementTables(s.Engagement)...)
	for _, t := range datasets {
		list.Tables = append(list.Tables, inProto(t))
	}
	list.Tables = append(list.Tables, outbox.Table(tables.Deletions()))
	if s.Lookups {
		for _, t := range tables.Lookups() {
			list.Tables = append(list.Tables, outbox.Table(t))
		}
	}
	return list
}

// inProto is a table as Fivetran wants it: the key first.
func inProto(t *dataset.Table) *sdk.Table {
	p := &sdk.Table{Name: t.Name}
	add := func(name string, kind sdk.DataType, key bool) {
		p.Columns = append(p.Columns, &sdk.Column{Name: name, Type: kind, PrimaryKey: key})
	}
	for _, c := range t.Columns {
		if c.Key {
			add(c.Name, dataType(c.Kind), true)
		}
	}
	if t.Occurrence {
		add(csv.OccurrenceColumn, sdk.DataType_LONG, true)
	}
	for _, c := range t.Columns {
		if !c.Key {
			add(c.Name, dataType(c.Kind), false)
		}
	}
	add(csv.UnparsedColumn, sdk.DataType_JSON, false)
	return p
}

func dataType(kind csv.Kind) sdk.DataType {
	switch kind {
	case csv.Long:
		return sdk.DataType_LONG
	case csv.Double:
		return sdk.DataType_DOUBLE
	case csv.UTCDatetime:
		return sdk.DataType_UTC_DATETIME
	default:
		return sdk.DataType_STRING
	}
}
