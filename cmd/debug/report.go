//go:build cgo

package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"time"

	"intercom-connector/internal/file"
	html "intercom-connector/tester/report"
	"intercom-connector/tester/warehouse"
)

// reportCommand makes a page of tables and pictures.
type reportCommand struct {
	Schema string `default:"tester" name:"destination-schema" placeholder:"NAME" help:"The warehouse's schema (${default})."`
	Output string `short:"o" placeholder:"FILE" help:"The file to write (report.html in the directory)."`
}

func (c *reportCommand) Run(ctx context.Context, s streams, all *cli) error {
	newest, err := html.ReadSync(all.lastSync())
	if err != nil {
		return err
	}
	db, err := all.openBy(ctx, s, func() (*sql.DB, error) {
		return warehouse.OpenReadOnlyIn(newest.Zone(), all.warehouse(), c.Schema)
	})
	if err != nil {
		return err
	}
	defer db.Close()
	var page bytes.Buffer // whole or not at all
	if err := html.Write(ctx, &page, db, html.Options{Schema: c.Schema, Now: time.Now(), Sync: newest}); err != nil {
		return err
	}
	path := c.Output
	if path == "" {
		path = filepath.Join(all.Directory, "report.html")
	}
	if err := file.Write(path, page.Bytes()); err != nil {
		return fmt.Errorf("the report cannot be written: %w", err)
	}
	fmt.Fprintf(s.out, "Wrote %s: open it in a browser.\n", path)
	return nil
}
