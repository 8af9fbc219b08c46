package main

import (
	"fmt"
	"slices"
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
	sql  string // its type in the view
}

// dayColumn is the day, by which the files are kept apart.
var dayColumn = column{name: "dt", sql: "date"}

// newRelation joins a table's parts with the publications: a part's name begins
// with its run, and one of a run that is not the published one finds no partner.
// The day is a column of the parts as it is, so that a condition on it, or a join
// with a day that another table tells, leaves the other days' files unread.
func newRelation(name string, columns []tables.Column) relation {
	r := relation{name: name, table: name + "_parts"}
	var selected []string
	for _, c := range columns {
		hive, sql := glueType(c.Kind), trinoType(c.Kind)
		as := "f." + quoted(c.Name)
		if c.Kind == tables.Timestamp || c.Kind == tables.Date {
			as = fmt.Sprintf("CAST(%s AS %s)", as, sql)
		}
		r.columns = append(r.columns, column{c.Name, hive, sql})
		selected = append(selected, as+" AS "+quoted(c.Name))
	}
	r.columns = append(r.columns, dayColumn)
	r.view = fmt.Sprintf(`SELECT %s, f.dt AS dt FROM %s f JOIN (SELECT CAST(dt AS date) AS dt, run FROM %s WHERE table_name = '%s') p ON p.dt = f.dt AND p.run = %s%s`,
		strings.Join(selected, ", "), r.table, publications.table, name, runOfPart, living(name, columns))
	return r
}

// ofConversation is the column that says whose a table's rows are.
const ofConversation = "conversation_id"

// living leaves out rows of conversations that were deleted without keeping their
// metrics. A row without a conversation's id stays.
func living(name string, columns []tables.Column) string {
	if name == tables.Deleted || !slices.ContainsFunc(columns, func(c tables.Column) bool { return c.Name == ofConversation }) {
		return ""
	}
	return fmt.Sprintf(` WHERE NOT EXISTS (SELECT 1 FROM %s d WHERE d.%s = f.%[2]s AND NOT d.metrics_retained)`, tables.Deleted, ofConversation)
}

// runOfPart is the run that a part's name tells.
const runOfPart = `regexp_extract(f."$path", '([^/]+)-[0-9]+[.]ndjson[.]gz$', 1)`

// publications are the lake's publications: which run of a table's day is the
// one to be read.
var publications = relation{
	name:  "published",
	table: "published_files",
	columns: []column{
		{"dt", "string", "date"},
		{"run", "string", "varchar"},
		{"rows", "bigint", "bigint"},
		{"complete", "boolean", "boolean"},
		{"started_at", "string", "timestamp(3)"},
		{"finished_at", "string", "timestamp(3)"},
		{name: "unproven", hive: "array<string>"},
	},
	view: `SELECT table_name, CAST(dt AS date) AS dt, run, "rows" AS row_count, complete, ` +
		timeOf("started_at") + " AS started_at, " + timeOf("finished_at") + " AS finished_at, array_join(unproven, ' ') AS unproven FROM published_files",
}

// lines are the rows of any table as they lie in its files. What a workspace has
// of its own, columns and whole datasets, no template can name: it is reached here.
var (
	lines = relation{
		name:    "lines",
		table:   "lines_parts",
		columns: []column{{"line", "string", "varchar"}, dayColumn, {name: "table_name", sql: "varchar"}},
		view: `SELECT f.line AS line, f.dt AS dt, f.table_name AS table_name FROM lines_parts f ` +
			`JOIN (SELECT table_name, CAST(dt AS date) AS dt, run FROM lines_published) p ON p.table_name = f.table_name AND p.dt = f.dt AND p.run = ` + runOfPart,
	}
	linesPublished = relation{table: "lines_published", columns: publications.columns}
)

// timeOf reads a publication's time, which is RFC 3339 in UTC.
func timeOf(name string) string {
	return "CAST(from_iso8601_timestamp(" + name + ") AS timestamp(3))"
}

// shown are the columns of the view.
func (r relation) shown() []column {
	if r.table == publications.table {
		c := publications.columns
		return []column{
			{name: "table_name", sql: "varchar"}, c[0], c[1], {name: "row_count", sql: "bigint"}, c[3], c[4], c[5], {name: "unproven", sql: "varchar"},
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
