// Package views is a lake as DuckDB sees it: a view for each table, of those files
// that are published, and views of what changed from day to day. What DuckDB has
// to know before it runs a statement, to leave other days' files unread, [Prune]
// tells it.
package views

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"intercom-connector/internal/quote"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

// SQL is what makes a lake readable in DuckDB: a view for each table, with the day
// as the column dt, over the published parts only, the view "published" of the
// publications themselves, and those of the changes. Where a part is, locate says
// by its key. Rows of conversations that were deleted without keeping their metrics
// are left out. Tables of the membership that hold nothing are views without rows,
// as are those of deletions, teammates and teams, so that a query that names them
// works from the first day on. The views name the files of this moment: make them
// anew after a run.
func SQL(publications []lake.Publication, locate func(key string) string) string {
	files := map[string][]string{}
	for _, p := range publications {
		for _, file := range p.Parts {
			files[p.Table] = append(files[p.Table], filepath.ToSlash(locate(file.Key)))
		}
	}
	var sql strings.Builder
	all := shapes(publications)
	slices.SortStableFunc(all, func(a, b shape) int { return a.rank() - b.rank() })
	for _, t := range all {
		sql.WriteString(t.view(files[t.name]))
	}
	sql.WriteString(publishedTable(publications))
	for _, m := range tables.Memberships() {
		sql.WriteString(change(m).view(publications))
	}
	return sql.String()
}

// shape is a table with every column that any of its days has.
type shape struct {
	name    string
	columns []part.Column
}

func shapes(publications []lake.Publication) []shape {
	var all []shape
	at := map[string]int{}
	add := func(table string, columns []part.Column) {
		i, known := at[table]
		if !known {
			i = len(all)
			at[table] = i
			all = append(all, shape{name: table})
		}
		for _, c := range columns {
			all[i].add(c)
		}
	}
	for _, t := range slices.Concat(tables.All(), []tables.Table{tables.Deletions()}, tables.Lookups()) {
		var columns []part.Column
		for _, c := range t.Columns {
			columns = append(columns, part.Column{Name: c.Name, Kind: c.Kind})
		}
		add(t.Name, columns)
	}
	for _, p := range publications {
		add(p.Table, p.Columns)
	}
	return all
}

// add takes a column in. One whose kind has changed from day to day is read as
// text.
func (s *shape) add(c part.Column) {
	for i, known := range s.columns {
		if known.Name == c.Name {
			if known.Kind != c.Kind {
				s.columns[i].Kind = tables.String
			}
			return
		}
	}
	s.columns = append(s.columns, c)
}

func (s shape) view(files []string) string {
	var names, types, nulls []string
	for _, c := range s.columns {
		names = append(names, quote.Name(c.Name))
		types = append(types, quote.Text(c.Name)+": "+quote.Text(duckType(c.Kind)))
		nulls = append(nulls, fmt.Sprintf("NULL::%s AS %s, ", duckType(c.Kind), quote.Name(c.Name)))
	}
	if len(files) == 0 || len(s.columns) == 0 {
		return fmt.Sprintf("CREATE OR REPLACE VIEW %s AS SELECT %sNULL::DATE AS dt WHERE false;\n", quote.Name(s.name), strings.Join(nulls, ""))
	}
	day, options := dayOf(files[0])
	for i, f := range files {
		files[i] = quote.Text(f)
	}
	return fmt.Sprintf("CREATE OR REPLACE VIEW %s AS SELECT %s, %s AS dt FROM read_json([%s], format = 'newline_delimited', compression = 'gzip', columns = {%s}, %s) AS t%s;\n",
		quote.Name(s.name), strings.Join(names, ", "), day, strings.Join(files, ", "), strings.Join(types, ", "), options, s.living())
}

// ofConversation is the column that says whose a table's rows are.
const ofConversation = "conversation_id"

// rank puts the deletions before the tables whose views ask for them.
func (s shape) rank() int {
	if s.name == tables.Deleted {
		return 0
	}
	return 1
}

// living leaves out rows of deleted conversations. A row without a conversation's
// id stays.
func (s shape) living() string {
	if s.name == tables.Deleted || !slices.ContainsFunc(s.columns, func(c part.Column) bool { return c.Name == ofConversation }) {
		return ""
	}
	return fmt.Sprintf(" WHERE NOT EXISTS (SELECT 1 FROM %s AS d WHERE d.%s = CAST(t.%[2]s AS VARCHAR) AND NOT d.metrics_retained)", tables.Deleted, ofConversation)
}

// dayOf says how the day of a file is known. It is told by the folder that holds
// the file, which DuckDB takes for a column: of a condition on it, it reads no file
// that it rules out. A lake may lie in folders whose names look like columns, too.
// There the day is read from the file's name, and every file is read.
func dayOf(file string) (column, options string) {
	const name = "file of the lake" // no column of a table's is named so
	if strings.Count(file, "=") > 1 {
		return `CAST(regexp_extract("` + name + `", '/dt=([0-9-]{10})/[^/]*$', 1) AS DATE)`, "hive_partitioning = false, filename = '" + name + "'"
	}
	return "dt", "hive_partitioning = true, hive_types = {'dt': DATE}"
}

// duckType is the type that a column has in DuckDB. JSON stays text, as it
// does in Athena.
func duckType(k tables.Kind) string {
	switch k {
	case tables.Long:
		return "BIGINT"
	case tables.Double:
		return "DOUBLE"
	case tables.Boolean:
		return "BOOLEAN"
	case tables.Timestamp:
		return "TIMESTAMP"
	case tables.Date:
		return "DATE"
	}
	return "VARCHAR"
}
