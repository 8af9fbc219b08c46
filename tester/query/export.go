package query

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
)

// Export has DuckDB write the answer of a statement into a file that only its owner
// may read, as Parquet or CSV. Where spreadsheet says so, a text that a spreadsheet
// would take for a formula begins with an apostrophe.
func Export(ctx context.Context, db *sql.DB, statement, path string, format Format, spreadsheet bool) error {
	if format != Parquet && format != CSV {
		return fmt.Errorf("a table is written as parquet or csv, not as %s", format)
	}
	if spreadsheet {
		statement = "SELECT " + harmless + " FROM (\n" + statement + "\n)"
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err == nil {
		err = f.Chmod(0o600) // of one that was there
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return err
	}
	options := "FORMAT parquet"
	if format == CSV {
		options = "FORMAT csv, HEADER"
	}
	_, err = db.ExecContext(ctx, "COPY (\n"+statement+"\n) TO '"+strings.ReplaceAll(path, "'", "''")+"' ("+options+", USE_TMP_FILE false)")
	return err
}

// harmless are all columns; of those of text what begins like a formula has an
// apostrophe before it.
const harmless = `CASE
	WHEN typeof(COLUMNS(*)) IN ('VARCHAR', 'JSON') AND regexp_matches(COLUMNS(*)::VARCHAR, '^[=+@\t\r-]') THEN '''' || COLUMNS(*)::VARCHAR
	ELSE COLUMNS(*)::VARCHAR END`
