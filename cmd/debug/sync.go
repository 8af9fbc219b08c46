package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"time"

	"intercom-connector/internal/terminal"
	"intercom-connector/tester"
	"intercom-connector/tester/screen"
)

// syncCommand is one sync.
type syncCommand struct {
	Configuration     string `short:"c" placeholder:"FILE" help:"The connector's configuration, JSON; without it a sandbox workspace is synced."`
	State             string `placeholder:"FILE" help:"The state file (state.json in the directory)."`
	Reset             bool   `help:"Forget the warehouse and the state first."`
	DestinationSchema string `default:"tester" placeholder:"NAME" help:"The warehouse's schema (${default})."`
	Port              int    `placeholder:"PORT" help:"Drive the connector that listens there instead of starting this project's."`
	SandboxDays       int    `default:"30" hidden:"" help:"How many days of the sandbox's past the first sync reads."`
	LogLevel          string `default:"warn" enum:"debug,info,warn,warning,error" placeholder:"LEVEL" help:"How much of the connector's log to show: debug, info, warn or error (${default})."`
}

// errShown ends the program with code 1 when all has been said.
var errShown = errors.New("")

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "warning": slog.LevelWarn, "error": slog.LevelError,
}

// Run does the sync. It is kong's entry.
func (c *syncCommand) Run(ctx context.Context, s streams, all *cli) error {
	configuration, stop, err := c.configuration()
	if err != nil {
		return err
	}
	defer stop()
	shown := newScreen(s.out)
	address, end, err := c.connector(newLog(shown, levels[c.LogLevel]))
	if err != nil {
		return err
	}
	defer end()
	conn, err := dial(address)
	if err != nil {
		return err
	}
	defer conn.Close()
	path := filepath.Join(all.Directory, "warehouse.db")
	summary, err := tester.Run(ctx, tester.Config{
		Conn: conn, Configuration: configuration, Reset: c.Reset, Screen: shown,
		WarehousePath: path, StatePath: c.statePath(all), Schema: c.DestinationSchema,
	})
	report(s.out, summary, err)
	if kept := writeSync(all.Directory, summary, err); kept != nil {
		fmt.Fprintln(s.err, "debug:", kept) // the rows are there nonetheless
	}
	if err != nil {
		fmt.Fprintln(s.out, "Sync FAILED")
		return errShown
	}
	fmt.Fprintln(s.out, "Sync SUCCEEDED")
	if c.Configuration == "" {
		return demonstrate(ctx, s.out, path, c.DestinationSchema, all.Directory)
	}
	fmt.Fprintf(s.out, "\nNext: %s\n", queryHint(all.Directory, c.DestinationSchema, summary))
	return nil
}

// configuration is the file's, or that of a sandbox which it starts.
func (c *syncCommand) configuration() (configuration map[string]string, stop func(), err error) {
	if c.Configuration == "" {
		return serveSandbox(time.Now(), c.SandboxDays)
	}
	if configuration, err = readConfiguration(c.Configuration); err != nil {
		return nil, nil, usageError{err}
	}
	return configuration, func() {}, nil
}

func (c *syncCommand) statePath(all *cli) string {
	if c.State != "" {
		return c.State
	}
	return filepath.Join(all.Directory, "state.json")
}

// connector gives the address of the connector to drive.
func (c *syncCommand) connector(log *slog.Logger) (address string, stop func(), err error) {
	if c.Port == 0 {
		return serveConnector(log)
	}
	if c.Port < 1 || c.Port > 65535 {
		return "", nil, usageError{fmt.Errorf("--port %d: a port is 1 to 65535", c.Port)}
	}
	return "localhost:" + strconv.Itoa(c.Port), func() {}, nil
}

// report writes what the sync did.
func report(w io.Writer, sum tester.Summary, err error) {
	if err != nil {
		fmt.Fprintf(w, "\n%v\n", err)
	}
	if sum.Dropped > 0 {
		fmt.Fprintf(w, "%d records after the last checkpoint were not kept: the next sync brings them again.\n", sum.Dropped)
	}
	if len(sum.Tables) > 0 {
		fmt.Fprintln(w)
		sum.WriteCounts(w)
		fmt.Fprintln(w)
		sum.WriteTables(w)
	}
	fmt.Fprintln(w)
}

// newScreen shows a live line on a terminal.
func newScreen(w io.Writer) *screen.Screen {
	if !terminal.Is(w) {
		return screen.New(w, nil)
	}
	return screen.New(w, func() int { return terminal.Width(w) })
}
