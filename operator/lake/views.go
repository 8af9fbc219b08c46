package lake

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"intercom-connector/membership"
)

// Views returns the SQL that makes a lake readable in DuckDB: a view for each
// table, with the day as the column dt, over the published parts only, and the
// view "published" of the publications themselves. Where a part is, locate says
// by its key. Tables of the membership that hold nothing are views without rows,
// so that a query that names them works from the first day on. The views name
// the files of this moment: make them anew after a run.
func (l *Lake) Views(ctx context.Context, locate func(key string) string) (string, error) {
	publications, err := l.Publications(ctx)
	if err != nil {
		return "", err
	}
	shapes, files := shapes(publications), map[string][]string{}
	for _, p := range publications {
		for _, part := range p.Parts {
			files[p.Table] = append(files[p.Table], filepath.ToSlash(locate(part.Key)))
		}
	}
	var sql strings.Builder
	for _, t := range shapes {
		sql.WriteString(t.view(files[t.name]))
	}
	sql.WriteString(publishedView(publications))
	return sql.String(), nil
}

// shape is a table with every column that any of its days has.
type shape struct {
	name    string
	columns []Column
}

func shapes(publications []Publication) []shape {
	var all []shape
	at := map[string]int{}
	add := func(table string, columns []Column) {
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
	for _, t := range membership.Tables() {
		var columns []Column
		for _, c := range t.Columns {
			columns = append(columns, Column{c.Name, c.Kind})
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
func (s *shape) add(c Column) {
	for i, known := range s.columns {
		if known.Name == c.Name {
			if known.Kind != c.Kind {
				s.columns[i].Kind = membership.String
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
	return fmt.Sprintf("CREATE OR REPLACE VIEW %s AS SELECT %s, dt FROM read_json([%s], format = 'newline_delimited', compression = 'gzip', columns = {%s}, hive_partitioning = true, hive_types = {'dt': DATE});\n",
		quoteName(s.name), strings.Join(names, ", "), strings.Join(files, ", "), strings.Join(types, ", "))
}

// duckType is the type that a column has in DuckDB. JSON stays text, as it
// does in Athena.
func duckType(k membership.Kind) string {
	switch k {
	case membership.Long:
		return "BIGINT"
	case membership.Double:
		return "DOUBLE"
	case membership.Boolean:
		return "BOOLEAN"
	case membership.Timestamp:
		return "TIMESTAMP"
	case membership.Date:
		return "DATE"
	}
	return "VARCHAR"
}

// publishedView tells which days there are and whether they are complete.
func publishedView(publications []Publication) string {
	rows := []string{"SELECT NULL::VARCHAR AS table_name, NULL::DATE AS dt, NULL::VARCHAR AS run, NULL::BIGINT AS row_count, NULL::BOOLEAN AS complete, NULL::TIMESTAMP AS started_at, NULL::TIMESTAMP AS finished_at WHERE false"}
	for _, p := range publications {
		rows = append(rows, fmt.Sprintf("SELECT %s, DATE %s, %s, %d, %t, TIMESTAMP %s, TIMESTAMP %s",
			quoteText(p.Table), quoteText(p.Dt), quoteText(p.Run), p.Rows, p.Complete,
			quoteText(p.Started.UTC().Format(timestampForm)), quoteText(p.Finished.UTC().Format(timestampForm))))
	}
	return "CREATE OR REPLACE VIEW published AS " + strings.Join(rows, " UNION ALL ") + ";\n"
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
func quoteText(s string) string { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }
