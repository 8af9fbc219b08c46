//go:build cgo

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"intercom-connector/connector"
	parse "intercom-connector/connector/configuration"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/printable"
	"intercom-connector/internal/terminal"
	"intercom-connector/tester"
	"intercom-connector/tester/protocol"
	html "intercom-connector/tester/report"
	"intercom-connector/tester/screen"
	"intercom-connector/tester/warehouse"
)

type syncCommand struct {
	Configuration     string `short:"c" placeholder:"FILE" help:"The connector's configuration, JSON. Else $$FIVETRAN_CONFIGURATION, ./configuration.json, INTERCOM_ACCESS_TOKEN and the like, or a sandbox."`
	State             string `placeholder:"FILE" help:"The state file (state.json in the directory)."`
	Reset             bool   `help:"Forget the warehouse and the state first."`
	DestinationSchema string `default:"tester" placeholder:"NAME" help:"The warehouse's schema (${default})."`
	Port              int    `placeholder:"PORT" help:"Use the connector that listens there instead of starting this project's."`
	ConnectorSDK      bool   `name:"connector-sdk" help:"What listens on --port is a project of the Connector SDK: its upserts may leave columns out, which are null."`
	Quiet             bool   `short:"q" help:"Show nothing but warnings and errors."`
	JSON              bool   `name:"json" help:"What the sync did, as JSON; the rest goes to standard error."`
	Engagement        string `default:"" enum:",none,on" placeholder:"KIND" help:"Message receipts and events: none or on. Else as the configuration says."`
	SandboxDays       int    `default:"30" hidden:"" help:"How many days of the sandbox's past the first sync reads."`
	LogLevel          string `default:"warn" enum:"debug,info,warn,warning,error" placeholder:"LEVEL" help:"How much of the connector's log to show: debug, info, warn or error (${default})."`
}

// errShown ends the program with code 1 when all has been said.
var errShown = errors.New("")

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "warning": slog.LevelWarn, "error": slog.LevelError,
}

func (c *syncCommand) Run(ctx context.Context, s streams, all *cli) error {
	if c.Port < 0 || c.Port > 65535 {
		return exit.Wrong(fmt.Errorf("--port %d: a port is 1 to 65535", c.Port))
	}
	if c.ConnectorSDK && c.Port == 0 {
		return exit.Wrong(errors.New("--connector-sdk tells what listens on --port: give --port too"))
	}
	configuration, err := s.configure(c.Configuration, c.Port == 0, c.SandboxDays)
	if err != nil {
		return err
	}
	defer configuration.end()
	if c.Engagement != "" {
		configuration.values["engagement"] = c.Engagement
	}
	people := s.out
	switch {
	case c.Quiet:
		people = &troubles{w: s.err}
	case c.JSON:
		people = s.err
	}
	shown := newScreen(people)
	configuration.say(shown)
	summary, began, err := c.sync(ctx, shown, configuration.values, all)
	if errors.Is(err, warehouse.ErrBusy) {
		return exit.Taken(fmt.Errorf("%w, or let --wait do so", err))
	}
	kept := lastSync(summary, err, began, configuration, all.Directory, c.DestinationSchema)
	if err == nil && c.Port == 0 {
		kept.WorkspaceName, kept.Timezone = c.identity(ctx, configuration.values, kept.Workspace)
	}
	kept, failed := html.WriteSync(all.lastSync(), kept)
	if failed != nil && err == nil {
		fmt.Fprintln(s.err, "debug:", failed) // the rows are there nonetheless
	}
	c.report(s, shown, summary, kept, err)
	if err != nil && configuration.refused(err) {
		return exit.Wrong(errShown)
	}
	if err != nil {
		return errShown
	}
	if c.Quiet || c.JSON {
		return nil
	}
	if configuration.sandbox {
		return demonstrate(ctx, s.out, all.warehouse(), c.DestinationSchema, all.Directory, configuration.values["engagement"] == "on")
	}
	fmt.Fprintf(s.out, "\nNext: %s\n", queryHint(all.Directory, c.DestinationSchema, summary))
	return nil
}

// sync runs it, when another program leaves the warehouse free.
func (c *syncCommand) sync(ctx context.Context, shown *screen.Screen, values map[string]string, all *cli) (summary tester.Summary, began time.Time, err error) {
	var jobs screen.Jobs
	log := jobs.Listen(terminal.NewLog(shown, levels[c.LogLevel]), shown)
	address, end, err := c.connector(log)
	if err != nil {
		return summary, began, err
	}
	defer end()
	conn, err := dial(address)
	if err != nil {
		return summary, began, err
	}
	defer conn.Close()
	err = all.whenFree(ctx, shown, func() error {
		began = time.Now()
		summary, err = tester.Run(ctx, tester.Config{
			Conn: conn, Configuration: values, Reset: c.Reset, Screen: shown, Jobs: &jobs, ConnectorSDK: c.ConnectorSDK,
			WarehousePath: all.warehouse(), StatePath: c.statePath(all), Schema: c.DestinationSchema,
		})
		return err
	})
	return summary, began, c.rekeyed(err, all.Directory)
}

// rekeyed adds to the refusal of another primary key which setting decides it, and what
// to do.
func (c *syncCommand) rekeyed(err error, directory string) error {
	rule, is := errors.AsType[*protocol.RuleError](err)
	if !is || rule.Rule != protocol.RulePrimaryKeyChange {
		return err
	}
	key := parse.KeyPrimaryKeys
	if slices.Contains(membershipTables, rule.Table) {
		key = parse.KeyMemberships
	}
	return fmt.Errorf("the table %s has another primary key than before: set %s back if you changed it, or have the table read again (%s reset%s %s): %w",
		rule.Table, key, build.Command("debug"), queryFlags(directory, c.DestinationSchema), printable.Argument(rule.Table), err)
}

// identity is the workspace's name and zone. They are for the report alone: what keeps
// Intercom from telling them is the sync's to say.
func (c *syncCommand) identity(ctx context.Context, values map[string]string, id string) (name, zone string) {
	settings, err := parse.Parse(values)
	if err != nil || id == "" {
		return "", ""
	}
	w, err := workspace.Connect(ctx, settings, workspace.Options{Timeouts: intercom.Timeouts{Retry: time.Second}})
	if err != nil {
		return "", ""
	}
	defer w.Close()
	if w.Me.AppID != id {
		return "", ""
	}
	return w.Me.AppName, w.Zone.String()
}

func (c *syncCommand) statePath(all *cli) string {
	if c.State != "" {
		return c.State
	}
	return all.state()
}

// connector gives the address of the connector to drive.
func (c *syncCommand) connector(log *slog.Logger) (address string, stop func(), err error) {
	if c.Port == 0 {
		return serveConnector(log)
	}
	return "localhost:" + strconv.Itoa(c.Port), func() {}, nil
}

// serveConnector runs this project's connector on a free port of this machine.
func serveConnector(log *slog.Logger) (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("no port for the connector: %w", err)
	}
	server := connector.NewServer(connector.Options{AllowBaseURL: true, Log: log})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(listener); err != nil {
			log.Error("the connector stopped serving", "reason", err)
		}
	}()
	return listener.Addr().String(), func() {
		server.Stop()
		<-ended
	}, nil
}

// dial prepares calls to a connector; the first call connects.
func dial(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
}

// report says what the sync did: to people, and to a program.
func (c *syncCommand) report(s streams, people io.Writer, sum tester.Summary, kept html.Sync, err error) {
	switch {
	case c.Quiet && err != nil:
		fmt.Fprintf(s.err, "debug: %v\n", err)
	case !c.Quiet:
		c.reportToPeople(people, sum, kept, err)
	}
	if c.JSON {
		_ = writeJSON(s.out, kept) // a program that is gone reads nothing
	}
}

func (c *syncCommand) reportToPeople(w io.Writer, sum tester.Summary, kept html.Sync, err error) {
	if err != nil {
		fmt.Fprintf(w, "\n%v\n", err)
	}
	if sum.Dropped > 0 {
		fmt.Fprintf(w, "%s after the last checkpoint were not kept: the next sync brings them again.\n", terminal.Count(sum.Dropped, "record"))
	}
	if len(sum.Tables) > 0 {
		fmt.Fprintln(w)
		sum.WriteCounts(w)
		fmt.Fprintln(w)
		sum.WriteTables(w)
	}
	if err != nil {
		fmt.Fprintln(w, "\nSync FAILED")
		return
	}
	fmt.Fprintf(w, "\n%s in %s, %s rows/s; the warehouse has %s\n", terminal.Count(kept.Received, "record"),
		sum.Duration.Round(100*time.Millisecond), terminal.Number(kept.RowsPerSecond), bytesOf(kept.WarehouseBytes))
	fmt.Fprintln(w, "\nSync SUCCEEDED")
}

// lastSync is what a sync did. The summary's texts are free of secrets.
func lastSync(summary tester.Summary, failed error, began time.Time, c configured, directory, schema string) html.Sync {
	kept := html.Sync{
		Succeeded: failed == nil,
		StartedAt: began.UTC().Truncate(time.Second), EndedAt: time.Now().UTC().Truncate(time.Second),
		Seconds: summary.Duration.Round(time.Millisecond).Seconds(), Schema: schema, Sandbox: c.sandbox, Workspace: workspaceOf(directory),
		Received: summary.Counts.Records(), Dropped: summary.Dropped, Checkpoints: summary.Counts.Checkpoints, Jobs: summary.Jobs,
		Warnings: summary.WarningTexts,
	}
	if seconds := summary.Duration.Seconds(); seconds > 0 {
		kept.RowsPerSecond = int64(float64(kept.Received) / seconds)
	}
	if info, err := os.Stat(filepath.Join(directory, "warehouse.db")); err == nil {
		kept.WarehouseBytes = info.Size()
	}
	if failed != nil {
		kept.Failed = failed.Error()
	}
	for _, t := range summary.Tables {
		kept.Tables = append(kept.Tables, html.SyncedTable(t))
	}
	for _, w := range summary.Widenings {
		kept.Widened = append(kept.Widened, html.Widened(w))
	}
	return kept
}

// bytesOf is a size for a person.
func bytesOf(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%.0f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// newScreen shows a live line on a terminal.
func newScreen(w io.Writer) *screen.Screen {
	if !terminal.Is(w) {
		return screen.New(terminal.Raw(w), nil)
	}
	return screen.New(terminal.Raw(w), func() int { return terminal.Width(w) })
}

// troubles lets only the lines of warnings, errors and failed tests through.
type troubles struct{ w io.Writer }

func (q *troubles) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		if bytes.HasPrefix(line, []byte("WARNING")) || bytes.HasPrefix(line, []byte("ERROR")) || bytes.Contains(line, []byte("]: FAILED")) {
			if _, err := q.w.Write(line); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

func (all *cli) warehouse() string { return filepath.Join(all.Directory, "warehouse.db") }

func (all *cli) state() string { return filepath.Join(all.Directory, "state.json") }

// lastSync is the file that says what the newest sync did: for the report, and for
// programs.
func (all *cli) lastSync() string { return filepath.Join(all.Directory, "sync.json") }
