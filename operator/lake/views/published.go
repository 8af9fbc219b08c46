package views

import (
	"encoding/json"
	"strings"
	"time"

	"intercom-connector/internal/quote"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

// publishedTable tells which days there are and whether they are complete. It is
// made of one text, of which DuckDB makes ten years of days in a moment: a list of
// values takes it seconds, and a SELECT for each is too deep for it in a few
// months.
func publishedTable(publications []lake.Publication) string {
	rows := [][]any{}
	for _, p := range publications {
		row := []any{p.Table, p.Dt, p.Run, p.Rows, p.Complete, timestamp(p.Started), timestamp(p.Finished)}
		if len(p.Unproven) > 0 {
			row = append(row, strings.Join(p.Unproven, " "))
		}
		rows = append(rows, row)
	}
	text, _ := json.Marshal(rows) // texts, numbers and booleans: it cannot fail
	return `CREATE OR REPLACE TABLE published AS
SELECT day ->> 0 AS table_name, CAST(day ->> 1 AS DATE) AS dt, day ->> 2 AS run, CAST(day ->> 3 AS BIGINT) AS row_count,
    CAST(day ->> 4 AS BOOLEAN) AS complete, CAST(day ->> 5 AS TIMESTAMP) AS started_at, CAST(day ->> 6 AS TIMESTAMP) AS finished_at,
    day ->> 7 AS unproven
FROM (SELECT unnest(from_json(` + quote.Text(string(text)) + `, '["JSON"]')) AS day);
`
}

func timestamp(t time.Time) string { return t.UTC().Format(part.TimestampForm) }
