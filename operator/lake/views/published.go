package views

import (
	"fmt"
	"strings"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

// publishedView tells which days there are and whether they are complete. It is
// one list of values: a SELECT for each would be too deep for DuckDB in a few
// months. It is a table, since it is asked for in most questions.
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
	return fmt.Sprintf("CREATE OR REPLACE TABLE published AS SELECT %s FROM (VALUES %s) AS days(%s) WHERE table_name IS NOT NULL;\n",
		strings.Join(selected, ", "), strings.Join(rows, ", "), strings.Join(columns, ", "))
}
