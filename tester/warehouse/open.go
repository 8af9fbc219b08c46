package warehouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"intercom-connector/internal/confine"
	"intercom-connector/internal/quote"
)

// OpenReadOnly opens a warehouse for queries, which reach nothing but it and the
// folders that are given. Tables are found in schema without naming it, and times are
// in UTC. The error says when there is no warehouse yet, or when another program has
// it open.
func OpenReadOnly(path, schema string, folders ...string) (*sql.DB, error) {
	return OpenReadOnlyIn(time.UTC, path, schema, folders...)
}

// OpenReadOnlyIn is OpenReadOnly with days and times in a zone.
func OpenReadOnlyIn(zone *time.Location, path, schema string, folders ...string) (*sql.DB, error) {
	db, err := openIn(zone, path, schema)
	if err != nil {
		return nil, err
	}
	if err := confine.DuckDB(context.Background(), db, folders...); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// OpenUnconfined is OpenReadOnly for queries that read and write other files, too,
// and load extensions.
func OpenUnconfined(path, schema string) (*sql.DB, error) {
	return openIn(time.UTC, path, schema)
}

func openIn(zone *time.Location, path, schema string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("there is no warehouse at %s yet: run a sync first", path)
	}
	db, err := openDuckDB(path, true)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // what is set holds for every query
	if _, err := db.Exec("SET TimeZone = " + quote.Text(zone.String()) + "; SET search_path = " + quote.Text(quote.Name(schema)+",main")); err != nil {
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

// ErrBusy is in the error of a warehouse that another program has open.
var ErrBusy = errors.New("is open in")

var (
	lockHolder = regexp.MustCompile(`lock is held in (\S+) \(PID (\d+)\)`)
	locked     = regexp.MustCompile(`(?i)could not set lock|conflicting lock`)
	damaged    = regexp.MustCompile(`(?i)not a valid DuckDB database|corrupt|checksum|serializ|replaying WAL|INTERNAL Error|could not read enough bytes`)
)

// openError says in one sentence why a warehouse cannot be opened.
func openError(path string, err error) error {
	text := err.Error()
	switch {
	case locked.MatchString(text):
		holder := "another program"
		if m := lockHolder.FindStringSubmatch(text); m != nil {
			holder = fmt.Sprintf("another program (%s, pid %s)", filepath.Base(m[1]), m[2])
		}
		return fmt.Errorf("%s %w %s: close it and try again", path, ErrBusy, holder)
	case damaged.MatchString(text):
		return fmt.Errorf("the warehouse %s is damaged: restore it together with its state from a backup, or start afresh with --reset (%w)", path, err)
	}
	return fmt.Errorf("the warehouse %s could not be opened: %w", path, err)
}
