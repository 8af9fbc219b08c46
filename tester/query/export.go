package query

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"

	"intercom-connector/internal/file"
)

// Export has DuckDB write the answer of a statement into a file that only its owner
// may read, as Parquet or CSV. In CSV a text that a spreadsheet would take for a
// formula begins with an apostrophe, unless it is to be raw.
func Export(ctx context.Context, db *sql.DB, statement, path string, format Format, raw bool) error {
	if format != Parquet && format != CSV {
		return fmt.Errorf("a table is written as parquet or csv, not as %s", format)
	}
	if format == CSV && !raw {
		var err error
		if statement, err = harmless(ctx, db, statement); err != nil {
			return err
		}
	}
	options := "FORMAT parquet"
	if format == CSV {
		options = "FORMAT csv, HEADER"
	}
	return file.Replace(path, func(f *os.File) error {
		_, err := db.ExecContext(ctx, "COPY (\n"+statement+"\n) TO "+within(f.Name(), "'")+" ("+options+", USE_TMP_FILE false)")
		return err
	})
}

// FileName is the name of a table's file, in any folder of any system: what may not
// be there, or leads elsewhere, stands as % and the byte in hexadecimal. No two tables
// have the same.
func FileName(table string, format Format) string {
	var b strings.Builder
	for i := range len(table) {
		if c := table[i]; c < ' ' || c == 0x7f || strings.IndexByte(`%/\:*?"<>|`, c) >= 0 || i == 0 && c == '.' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String() + "." + string(format)
}

// harmless is a statement whose texts are no formulas, nor are its columns' names.
func harmless(ctx context.Context, db *sql.DB, statement string) (string, error) {
	from := " FROM (\n" + statement + "\n)"
	rows, err := db.QueryContext(ctx, "SELECT *"+from+" LIMIT 0")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var columns []string
	for _, name := range names {
		c := within(name, `"`)
		columns = append(columns, "CASE WHEN typeof("+c+") IN ('VARCHAR', 'JSON') AND regexp_matches("+c+"::VARCHAR, '^["+formulas+"]') THEN chr(39) || "+
			c+"::VARCHAR ELSE "+c+"::VARCHAR END AS "+within(noFormula(name, false), `"`))
	}
	return "SELECT " + strings.Join(columns, ", ") + from, rows.Err()
}

// within is a text or a name as SQL has it.
func within(text, mark string) string { return mark + strings.ReplaceAll(text, mark, mark+mark) + mark }
