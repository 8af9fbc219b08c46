// Package report makes one page of HTML from a DuckDB warehouse: the tables, how
// they join, and the pictures that people look at first.
//
// The page holds everything it shows. It asks no network for anything, and its
// content security policy forbids that it could.
//
// The tables are read from DuckDB's catalogue (tables.go), so a warehouse with
// other tables, or none, has a page too. A picture (pictures.go) is drawn when
// the columns it needs are there. Charts are inline SVG, once wide and once narrow
// (chart.go), and their colours are classes of the page's style (colour.go): it
// follows the reader's light or dark preference without a script. They are drawn
// here and not by a library: axes and bars are a hundred lines, a plotting library
// brings fonts, PDF and LaTeX into every build, and colours that no style can change.
package report

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"intercom-connector/internal/terminal"
)

// Options say what the page is about.
type Options struct {
	// Schema is the warehouse's schema that holds the tables.
	Schema string
	// Now is when the page is made; the backlog ends there.
	Now time.Time
	// Sync is the newest sync, if it is known.
	Sync *Sync
}

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"thousands": terminal.Number,
	"duration": func(seconds float64) string {
		return time.Duration(seconds * float64(time.Second)).Round(100 * time.Millisecond).String()
	},
	"css": func() template.CSS { return template.CSS(pageCSS) },
}).Parse(pageHTML))

// content is what the page shows.
type content struct {
	About    Options
	Tables   []Table
	Rows     int64
	Newest   time.Time
	Pictures []picture
	Diagram  diagram
}

// Name is whose rows these are.
func (c content) Name() string {
	switch {
	case c.About.Sync == nil || c.About.Sync.Workspace == "":
		return "Schema " + c.About.Schema
	case c.About.Sync.WorkspaceName != "":
		return c.About.Sync.WorkspaceName
	}
	return "Workspace " + c.About.Sync.Workspace
}

// Demo says that the rows are made up.
func (c content) Demo() bool { return c.About.Sync != nil && c.About.Sync.Sandbox }

// Timezone is the workspace's as Intercom told it, "" where it is not known.
func (c content) Timezone() string {
	if c.About.Sync == nil {
		return ""
	}
	return c.About.Sync.Timezone
}

// At is a time as the page writes it.
func (c content) At(t time.Time) string { return t.In(c.About.Sync.Zone()).Format("2006-01-02 15:04") }

// Write writes the page. The database may be open for reading only, with one
// connection, whose session must be in the sync's zone.
func Write(ctx context.Context, w io.Writer, db *sql.DB, options Options) error {
	c := content{About: options}
	var err error
	if c.Tables, err = Tables(ctx, db, options.Schema); err != nil {
		return fmt.Errorf("the tables: %w", err)
	}
	for _, t := range c.Tables {
		c.Rows += t.Rows
		if t.Synced.After(c.Newest) {
			c.Newest = t.Synced
		}
	}
	if c.Pictures, err = pictures(ctx, db, options.Now.In(c.About.Sync.Zone()), c.Tables); err != nil {
		return err
	}
	c.Diagram = newDiagram(c.Tables)
	return page.Execute(w, c)
}
