package recipes

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"intercom-connector/connector/export/ndjson"
)

// A lake's parts are gzip files of several members. DuckDB reads them all.
func TestPartsOfSeveralMembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "part.ndjson.gz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	p := ndjson.NewPacker(file)
	for i := range 100_000 {
		if _, err := fmt.Fprintf(p, `{"id":"%d","name":"a name that takes some room"}`+"\n", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	query := "SELECT count(DISTINCT id) FROM read_json('" + path + "', format = 'newline_delimited', compression = 'gzip', columns = {'id': 'VARCHAR'})"
	if err := db.QueryRow(query).Scan(&n); err != nil || n != 100_000 || p.Raw() < 4<<20 {
		t.Errorf("%d rows of %d bytes, %v", n, p.Raw(), err)
	}
}
