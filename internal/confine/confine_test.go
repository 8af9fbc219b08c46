package confine

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

func TestDuckDB(t *testing.T) {
	folder := t.TempDir()
	lake, secret := filepath.Join(folder, "it's a lake"), filepath.Join(folder, "secret.csv")
	if err := os.Mkdir(lake, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{secret, filepath.Join(lake, "rows.csv")} {
		if err := os.WriteFile(path, []byte("a\n1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("duckdb", filepath.Join(folder, "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := DuckDB(t.Context(), db, lake); err != nil {
		t.Fatal(err)
	}
	in := func(statement string) string {
		return strings.NewReplacer("SECRET", secret, "FOLDER", folder, "LAKE", strings.ReplaceAll(lake, "'", "''")).Replace(statement)
	}
	for _, statement := range []string{
		"CREATE TABLE t AS SELECT 1 AS x", "CHECKPOINT", "SELECT * FROM read_csv('LAKE/rows.csv')", "COPY t TO 'LAKE/out.parquet' (FORMAT parquet)", "SET VARIABLE x = 1",
	} {
		if _, err := db.Exec(in(statement)); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	for _, statement := range []string{
		"SELECT * FROM read_csv('SECRET')", "SELECT * FROM 'SECRET'", "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM glob('/etc/*')",
		"SELECT * FROM read_csv('LAKE/../secret.csv')", "SELECT * FROM read_csv('https://192.0.2.1/x.csv')", "COPY t TO 'FOLDER/out.csv'", "COPY t FROM 'SECRET'",
		"ATTACH 'FOLDER/other.db' AS other", "EXPORT DATABASE 'FOLDER/all'", "INSTALL httpfs", "LOAD 'FOLDER/x.duckdb_extension'", "INSTALL x FROM community",
		"SET enable_external_access = true", "SET allowed_directories = ['/']", "SET lock_configuration = false", "RESET lock_configuration", "PRAGMA enable_external_access",
	} {
		if _, err := db.Exec(in(statement)); err == nil {
			t.Errorf("%s is done", statement)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 4 {
		t.Errorf("%v, %v", left, err)
	}
}
