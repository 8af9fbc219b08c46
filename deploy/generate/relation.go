package main

import (
	"fmt"
	"strings"

	"intercom-connector/membership/tables"
)

// relation is a table over the files of a folder and the view that people
// query.
type relation struct {
	name    string // the view's
	table   string // the raw table's
	columns []column
	view    string // what the view selects
}

// column is one as it is in the files and as the view shows it.
type column struct {
	name string
	hive string // its type in Glue; empty: it is a partition key, or the view's own
	as   string // what the view selects for it
	sql  string // its type in the view
}

// relations are the tables of the membership, and of reporting those columns
// that the recipes ask for.
func relations() []relation {
	var all []relation
	for _, t := range tables.All() {
		all = append(all, newRelation(t.Name, t.Columns))
	}
	return append(all, newRelation("conversation", conversation))
}

// conversation is what the recipes read of the dataset, where it was landed by
// operator snapshot --reporting. The files may hold more columns.
var conversation = []tables.Column{
	{Name: "conversation_id", Kind: tables.String},
	{Name: "currently_assigned_team_id", Kind: tables.String},
	{Name: "conversation_first_response_time", Kind: tables.Double},
}

func newRelation(name string, columns []tables.Column) relation {
	r := relation{name: name, table: name + "_parts"}
	var selected []string
	for _, c := range columns {
		hive, sql := glueType(c.Kind), trinoType(c.Kind)
		as := "f." + quoted(c.Name)
		if c.Kind == tables.Timestamp || c.Kind == tables.Date {
			as = fmt.Sprintf("CAST(%s AS %s)", as, sql)
		}
		r.columns = append(r.columns, column{c.Name, hive, as, sql})
		selected = append(selected, as+" AS "+quoted(c.Name))
	}
	r.columns = append(r.columns, column{name: "dt", as: "CAST(f.dt AS date)", sql: "date"})
	selected = append(selected, "CAST(f.dt AS date) AS dt")
	// A part's name begins with its run: one of a run that is not the published
	// one finds no partner.
	r.view = fmt.Sprintf(`SELECT %s FROM %s f JOIN %s p ON p.table_name = '%s' AND p.dt = f.dt AND p.run = regexp_extract(f."$path", '([^/]+)-[0-9]+[.]ndjson[.]gz$', 1)`,
		strings.Join(selected, ", "), r.table, publications.table, name)
	return r
}

// publications are the lake's publications: which run of a table's day is the
// one to be read.
var publications = relation{
	name:  "published",
	table: "published_files",
	columns: []column{
		{"dt", "string", "CAST(dt AS date)", "date"},
		{"run", "string", "run", "varchar"},
		{"rows", "bigint", `"rows"`, "bigint"},
		{"complete", "boolean", "complete", "boolean"},
		{"started_at", "string", timeOf("started_at"), "timestamp(3)"},
		{"finished_at", "string", timeOf("finished_at"), "timestamp(3)"},
	},
	view: `SELECT table_name, CAST(dt AS date) AS dt, run, "rows" AS row_count, complete, ` +
		timeOf("started_at") + " AS started_at, " + timeOf("finished_at") + " AS finished_at FROM published_files",
}

// timeOf reads a publication's time, which is RFC 3339 in UTC.
func timeOf(name string) string {
	return "CAST(from_iso8601_timestamp(" + name + ") AS timestamp(3))"
}

// shown are the columns of the view.
func (r relation) shown() []column {
	if r.table == publications.table {
		c := publications.columns
		return []column{
			{name: "table_name", sql: "varchar"}, c[0], c[1], {name: "row_count", sql: "bigint"}, c[3], c[4], c[5],
		}
	}
	return r.columns
}

// glueType is the type of a column in the files. A date is read as text and
// cast by the view: not every JSON reader takes dates.
func glueType(k tables.Kind) string {
	switch k {
	case tables.Long:
		return "bigint"
	case tables.Double:
		return "double"
	case tables.Boolean:
		return "boolean"
	case tables.Timestamp:
		return "timestamp"
	}
	return "string"
}

// trinoType is the type of a column in the view.
func trinoType(k tables.Kind) string {
	switch k {
	case tables.Timestamp:
		return "timestamp(3)"
	case tables.Date:
		return "date"
	case tables.Long, tables.Double, tables.Boolean:
		return glueType(k)
	}
	return "varchar"
}

// hiveOf is a view's type as Glue lists it.
func hiveOf(sql string) string {
	switch sql {
	case "timestamp(3)":
		return "timestamp"
	case "varchar":
		return "string"
	}
	return sql
}

func quoted(name string) string { return `"` + name + `"` }
