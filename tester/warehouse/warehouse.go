// Package warehouse is the DuckDB file into which a sync lands its rows.
//
// The rows come in groups (staged_rows.go): a number of one table's records of one kind
// (UPSERT, UPDATE, DELETE, TRUNCATE) with one set of columns and types. They lie in
// memory until they land; those of a checkpoint that outgrows its memory go to a
// table, which DuckDB moves to a temporary file when it outgrows DuckDB's.
//
// The lander (landing.go) takes what came since the last landing and merges it
// (merge.go) in one transaction, group by group in the order in which they
// came, so that a DELETE between two UPSERTs of a key means what it says. The same
// transaction writes of which state the rows are (landed_state.go). Only then is
// the state kept, so that it never speaks of rows that the warehouse lacks; and the
// next sync holds one against the other.
//
// A table (table.go) has each key once, without an index that enforces it: a merge
// leaves each key's last row, deletes the rows that have these keys, and inserts.
// The columns of a primary key are the ones that are NOT NULL. A column whose type
// (type.go) cannot hold a value gets a wider one (widening.go).
package warehouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"intercom-connector/internal/confine"
	"intercom-connector/internal/file"
	"intercom-connector/internal/quote"
	"intercom-connector/tester/staging"
)

// stagingDatabase is the database beside the warehouse that takes staged rows for
// which there is no memory.
const stagingDatabase = "staging"

// Warehouse is the DuckDB file with its two connections: the lander's, which
// merges, and the reader's, for rows that outgrow its memory.
type Warehouse struct {
	db      *sql.DB
	conn    *sql.Conn
	staging *staging.Connection
	spills  int // tables for rows that outgrew the reader's memory
}

// Open opens the file at path and makes it, and its folder, if they are not there.
func Open(ctx context.Context, path, memoryLimit string) (_ *Warehouse, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("the warehouse's folder: %w", err)
	}
	if err := errors.Join(file.NoLink(path), file.NoLink(path+".wal"), file.NoLink(path+".tmp")); err != nil {
		return nil, err
	}
	w := &Warehouse{}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	if w.db, err = openDuckDB(path, false); err != nil {
		return nil, err
	}
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return nil, openError(path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, fmt.Errorf("the warehouse is to be its owner's: %w", err)
	}
	for _, q := range []string{
		"ATTACH IF NOT EXISTS ':memory:' AS " + stagingDatabase,
		"SET TimeZone = 'UTC'",
		"SET checkpoint_threshold = '256MB'",
		"SET preserve_insertion_order = false", // merges run on all cores
		// A first sync leaves nothing to tidy up, and each landing's last rows are
		// few: checkpoints need not put small groups of rows together.
		"SET max_vacuum_tasks = 0",
		"SET memory_limit = " + quote.Text(memoryLimit),
	} {
		if _, err := w.conn.ExecContext(ctx, q); err != nil {
			return nil, fmt.Errorf("%s could not be set up: %w", path, err)
		}
	}
	if w.staging, err = staging.Connect(path); err != nil {
		return nil, fmt.Errorf("%s could not be opened: %w", path, err)
	}
	return w, confine.Own(ctx, w.db)
}

func (w *Warehouse) Close() error {
	if w.staging != nil {
		w.staging.Close()
	}
	var errs []error
	if w.conn != nil {
		errs = append(errs, w.conn.Close())
	}
	if w.db != nil {
		errs = append(errs, w.db.Close())
	}
	return errors.Join(errs...)
}

func (w *Warehouse) exec(ctx context.Context, query string, args ...any) error {
	_, err := w.conn.ExecContext(ctx, query, args...)
	return withoutValues(err)
}

// withoutValues is an error of DuckDB's that quotes no value of a row.
func withoutValues(err error) error {
	wrong, ok := errors.AsType[*duckdb.Error](err)
	if !ok {
		return err
	}
	switch wrong.Type {
	case duckdb.ErrorTypeConversion, duckdb.ErrorTypeConstraint, duckdb.ErrorTypeOutOfRange, duckdb.ErrorTypeInvalidInput, duckdb.ErrorTypeMismatchType, duckdb.ErrorTypeDecimal:
		kind, _, _ := strings.Cut(wrong.Msg, ":")
		return fmt.Errorf("DuckDB takes a value of a row for wrong (%s)", kind)
	}
	return err
}

func (w *Warehouse) transaction(ctx context.Context, f func() error) error {
	if err := w.exec(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	if err := f(); err != nil {
		return errors.Join(err, w.exec(ctx, "ROLLBACK"))
	}
	return w.exec(ctx, "COMMIT")
}
