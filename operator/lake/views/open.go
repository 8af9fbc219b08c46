package views

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"intercom-connector/internal/confine"
	"intercom-connector/internal/quote"
	"intercom-connector/operator/lake"
)

// memory is what DuckDB may take for a question. What needs more is on the disk
// meanwhile.
const memory = "2GB"

// Open is a database of DuckDB, in memory, whose tables are those of a lake. Where
// folders are given, it reads and writes nothing else: the lake's must be among them.
// The program must hold the driver. The caller closes it.
func Open(ctx context.Context, publications []lake.Publication, locate func(key string) string, folders ...string) (*sql.DB, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	spill := filepath.Join(os.TempDir(), fmt.Sprintf("lake-query-%d", os.Getpid()))
	for _, statement := range []string{"SET memory_limit = '" + memory + "'", "SET temp_directory = " + quote.Text(spill), SQL(publications, locate)} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	if len(folders) > 0 {
		if err := confine.DuckDB(ctx, db, append(folders, spill)...); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}
