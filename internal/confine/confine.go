// Package confine keeps DuckDB within its database: a statement that somebody
// pasted, or a name that a writer of a lake chose, reads no other file, writes none,
// and loads nothing from the network.
package confine

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"

	"intercom-connector/internal/quote"
)

// DuckDB confines a database to itself and to folders. What is set stays: nothing can
// be set any more.
func DuckDB(ctx context.Context, db *sql.DB, folders ...string) error {
	if err := Own(ctx, db, folders...); err != nil {
		return err
	}
	return set(ctx, db, "lock_configuration = true")
}

// Own confines a database whose statements are our own, and may still set what does
// not open it again.
func Own(ctx context.Context, db *sql.DB, folders ...string) error {
	var allowed []string
	for _, folder := range folders {
		whole, err := filepath.Abs(folder)
		if err != nil {
			return err
		}
		for _, path := range []string{folder, whole} {
			allowed = append(allowed, quote.Text(path))
		}
	}
	return set(
		ctx, db,
		"allowed_directories = ["+strings.Join(allowed, ", ")+"]",
		"allow_community_extensions = false",
		"autoinstall_known_extensions = false",
		"autoload_known_extensions = false",
		"enable_external_access = false",
	)
}

func set(ctx context.Context, db *sql.DB, settings ...string) error {
	for _, setting := range settings {
		if _, err := db.ExecContext(ctx, "SET "+setting); err != nil {
			return fmt.Errorf("DuckDB cannot be confined: %w", err)
		}
	}
	return nil
}
