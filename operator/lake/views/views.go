// Package views is a lake as SQL engines see it.
package views

import (
	"fmt"
	"path/filepath"
	"strings"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

// SQL is what makes a lake readable in DuckDB: a view for each
// table, with the day as the column dt, over the published parts only, and the
// view "published" of the publications themselves. Where a part is, locate says
// by its key. Tables of the membership that hold nothing are views without rows,
// so that a query that names them works from the first day on. The views name
// the files of this moment: make them anew after a run.
func SQL(publications []lake.Publication, locate func(key string) string) string {
	shapes, files := shapes(publications), map[string][]string{}
	for _, p := range publications {
		for _, file := range p.Parts {
			files[p.Table] = append(files[p.Table], filepath.ToSlash(locate(file.Key)))
		}
	}
	var sql strings.Builder
	for _, t := range shapes {
		sql.WriteString(t.view(files[t.name]))
	}
	sql.WriteString(publishedView(publications))
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
	for _, t := range tables.All() {
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
		names = append(names, quoteName(c.Name))
		types = append(types, quoteText(c.Name)+": "+quoteText(duckType(c.Kind)))
		nulls = append(nulls, fmt.Sprintf("NULL::%s AS %s", duckType(c.Kind), quoteName(c.Name)))
	}
	if len(files) == 0 {
		return fmt.Sprintf("CREATE OR REPLACE VIEW %s AS SELECT %s, NULL::DATE AS dt WHERE false;\n", quoteName(s.name), strings.Join(nulls, ", "))
	}
	for i, f := range files {
		files[i] = quoteText(f)
	}
	return fmt.Sprintf("CREATE OR REPLACE VIEW %s AS SELECT %s, %s AS dt FROM read_json([%s], format = 'newline_delimited', compression = 'gzip', columns = {%s}, hive_partitioning = false, filename = '%s');\n",
		quoteName(s.name), strings.Join(names, ", "), dayOfFile, strings.Join(files, ", "), strings.Join(types, ", "), fileColumn)
}

// The day is told by the folder that holds the file, and by nothing above it: a
// lake may lie in folders whose names look like columns. DuckDB reads no file
// whose name rules it out.
const (
	fileColumn = "file of the lake" // no column of a table's is named so
	dayOfFile  = `CAST(regexp_extract("` + fileColumn + `", '/dt=([0-9-]{10})/[^/]*$', 1) AS DATE)`
)

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

// publishedView tells which days there are and whether they are complete. It is
// one list of values: a SELECT for each would be too deep for DuckDB in a few
// months.
func publishedView(publications []lake.Publication) string {
	columns := []string{"table_name", "dt", "run", "row_count", "complete", "started_at", "finished_at"}
	types := []string{"VARCHAR", "DATE", "VARCHAR", "BIGINT", "BOOLEAN", "TIMESTAMP", "TIMESTAMP"}
	var selected []string
	for i, c := range columns {
		selected = append(selected, fmt.Sprintf("%s::%s AS %s", c, types[i], c))
	}
	rows := []string{"(NULL, NULL, NULL, NULL, NULL, NULL, NULL)"} // there may be none
	for _, p := range publications {
		rows = append(rows, fmt.Sprintf("(%s, %s, %s, %d, %t, %s, %s)", quoteText(p.Table), quoteText(p.Dt), quoteText(p.Run), p.Rows, p.Complete,
			quoteText(p.Started.UTC().Format(part.TimestampForm)), quoteText(p.Finished.UTC().Format(part.TimestampForm))))
	}
	return fmt.Sprintf("CREATE OR REPLACE VIEW published AS SELECT %s FROM (VALUES %s) AS days(%s) WHERE table_name IS NOT NULL;\n",
		strings.Join(selected, ", "), strings.Join(rows, ", "), strings.Join(columns, ", "))
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
func quoteText(s string) string { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }
