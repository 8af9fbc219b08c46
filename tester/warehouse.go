package tester

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// stagingDatabase is the database beside the warehouse that takes staged rows for
// which there is no memory.
const stagingDatabase = "staging"

// warehouse is the DuckDB file with its two connections: the lander's, which
// merges, and the reader's, for rows that outgrow its memory.
type warehouse struct {
	db      *sql.DB
	lander  *sql.Conn
	rawDB   mapping.Database
	staging mapping.Connection
}

func openWarehouse(ctx context.Context, path, memoryLimit string) (_ *warehouse, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("the warehouse's folder: %w", err)
	}
	w := &warehouse{}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.db, err = openDuckDB(path, false); err != nil {
		return nil, err
	}
	if w.lander, err = w.db.Conn(ctx); err != nil {
		return nil, fmt.Errorf("%s could not be opened: %w", path, err)
	}
	for _, q := range []string{
		"ATTACH IF NOT EXISTS ':memory:' AS " + stagingDatabase,
		"SET TimeZone = 'UTC'",
		"SET checkpoint_threshold = '256MB'",
		"SET preserve_insertion_order = false", // merges run on all cores
		// A first sync leaves nothing to tidy up, and each landing's last rows are
		// few: checkpoints need not put small groups of rows together.
		"SET max_vacuum_tasks = 0",
		"SET memory_limit = " + quoteText(memoryLimit),
	} {
		if _, err := w.lander.ExecContext(ctx, q); err != nil {
			return nil, fmt.Errorf("%s could not be set up: %w", path, err)
		}
	}
	if w.rawDB, w.staging, err = rawConnection(path); err != nil {
		return nil, fmt.Errorf("%s could not be opened: %w", path, err)
	}
	return w, registerScan(w.staging)
}

// rawConnection opens a second connection to the database that duckdb-go has
// open already: its own Conn does not give a table function at the level of chunks.
func rawConnection(path string) (db mapping.Database, conn mapping.Connection, err error) {
	var config mapping.Config
	defer mapping.DestroyConfig(&config)
	if mapping.CreateConfig(&config) == mapping.StateError || mapping.SetConfig(config, "duckdb_api", "go") == mapping.StateError {
		return db, conn, errors.New("DuckDB refused its configuration")
	}
	var message string
	if mapping.GetOrCreateFromCache(duckdb.GetInstanceCache(), path, &db, config, &message) == mapping.StateError {
		return db, conn, errors.New(message)
	}
	if mapping.Connect(db, &conn) == mapping.StateError {
		mapping.Close(&db)
		return db, conn, errors.New("DuckDB refused a second connection")
	}
	return db, conn, nil
}

// stage runs a statement on the reader's connection.
func (w *warehouse) stage(query string) error {
	var res mapping.Result
	defer mapping.DestroyResult(&res)
	if mapping.Query(w.staging, query, &res) == mapping.StateError {
		return errors.New(mapping.ResultError(&res))
	}
	return nil
}

func (w *warehouse) close() error {
	if w.staging.Ptr != nil {
		mapping.Disconnect(&w.staging)
		mapping.Close(&w.rawDB)
	}
	var errs []error
	if w.lander != nil {
		errs = append(errs, w.lander.Close())
	}
	if w.db != nil {
		errs = append(errs, w.db.Close())
	}
	return errors.Join(errs...)
}

// OpenReadOnly opens a warehouse for queries. Tables are found in schema without
// naming it, and times are in UTC. The error says when there is no warehouse yet,
// or when another program has it open.
func OpenReadOnly(path, schema string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("there is no warehouse at %s yet: run a sync first", path)
	}
	db, err := openDuckDB(path, true)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // what is set holds for every query
	if _, err := db.Exec("SET TimeZone = 'UTC'; SET search_path = " + quoteText(quote(schema)+",main")); err != nil {
		return nil, errors.Join(fmt.Errorf("the warehouse %s has no schema %q", path, schema), db.Close())
	}
	return db, nil
}

func openDuckDB(path string, readOnly bool) (*sql.DB, error) {
	if strings.ContainsAny(path, "?%") {
		return nil, fmt.Errorf("the warehouse's path %q must not contain ? or %%", path)
	}
	dsn := path
	if readOnly {
		dsn += "?access_mode=READ_ONLY"
	}
	connector, err := duckdb.NewConnector(dsn, nil)
	if err != nil {
		return nil, openError(path, err)
	}
	return sql.OpenDB(connector), nil
}

var errLocked = errors.New("is open in")

var lockHolder = regexp.MustCompile(`lock is held in (\S+) \(PID (\d+)\)`)

// openError says in one sentence why a warehouse cannot be opened.
func openError(path string, err error) error {
	if !strings.Contains(err.Error(), "lock") {
		return fmt.Errorf("the warehouse %s could not be opened: %w", path, err)
	}
	holder := "another program"
	if m := lockHolder.FindStringSubmatch(err.Error()); m != nil {
		holder = fmt.Sprintf("another program (%s, pid %s)", filepath.Base(m[1]), m[2])
	}
	return fmt.Errorf("%s %w %s: close it and try again", path, errLocked, holder)
}

// quote makes a name an SQL identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteText(s string) string { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }
