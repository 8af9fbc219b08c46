package warehouse

import (
	"path/filepath"
	"strings"
	"testing"
)

// An error of DuckDB's about a row says what is wrong, and not what the row holds.
func TestErrorsQuoteNoValue(t *testing.T) {
	w, err := Open(t.Context(), filepath.Join(t.TempDir(), "warehouse.db"), "100MB")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.exec(t.Context(), "CREATE TABLE k (id VARCHAR PRIMARY KEY, d DECIMAL(4,2))"); err != nil {
		t.Fatal(err)
	}
	for statement, kind := range map[string]string{
		"INSERT INTO k VALUES ('Zebra', 1), ('Zebra', 2)":       "Constraint",
		"INSERT INTO k VALUES ('a', CAST('Zebra' AS DECIMAL))":  "Conversion",
		"INSERT INTO k VALUES ('b', 7731773)":                   "Conversion",
		"SELECT CAST('Zebra' AS TIMESTAMP)":                     "Conversion",
		"SELECT CAST(7731773177317731 AS INTEGER)":              "Conversion",
		"SELECT CAST(9223372036854775807 AS BIGINT) + 77317731": "Out of Range",
	} {
		err := w.exec(t.Context(), statement)
		if err == nil || !strings.Contains(err.Error(), kind) || strings.Contains(err.Error(), "Zebra") || strings.Contains(err.Error(), "7731") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if err := w.exec(t.Context(), "SELECT * FROM nowhere"); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("another error: %v", err)
	}
}
