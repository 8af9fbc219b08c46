//go:build cgo

// Command debug runs a connector on this machine as Fivetran would and lands its
// rows in a DuckDB file, and shows what has landed. Without a configuration it syncs
// from a sandbox, a made-up workspace that it serves itself.
//
// It ends with the codes of package exit.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"intercom-connector/cmd/debug/completion"
	"intercom-connector/cmd/debug/help"
	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/file"
	"intercom-connector/internal/secret"
	"intercom-connector/internal/terminal"
	"intercom-connector/tester/recipes"
	"intercom-connector/tester/screen"
	"intercom-connector/tester/warehouse"
)

// cli is the command line.
type cli struct {
	Sync     syncCommand     `cmd:"" default:"withargs" help:"Sync once (the default)."`
	Init     initCommand     `cmd:"" help:"Write configuration.json: asks for the token and more."`
	Doctor   doctorCommand   `cmd:"" help:"Say whether a workspace will work, and what to do if not."`
	Tables   tablesCommand   `cmd:"" help:"List the tables with their rows and days."`
	Describe describeCommand `cmd:"" help:"List a table's columns: types, nulls, meanings."`
	Query    queryCommand    `cmd:"" help:"Ask the warehouse: query 'SELECT ...'."`
	Recipe   recipeCommand   `cmd:"" aliases:"recipes" help:"Answer common questions: SLA, CSAT, backlog."`
	Export   exportCommand   `cmd:"" help:"Write each table into a file: Parquet, or CSV."`
	Report   reportCommand   `cmd:"" help:"Make a page of charts and tables: report.html."`
	State    stateCommand    `cmd:"" help:"Say how far the syncs have come."`
	Reset    resetCommand    `cmd:"" help:"Forget a table, or everything, so that it is read again."`

	Completion completionCommand `cmd:"" hidden:"" help:"Write what a shell needs to complete commands and flags."`

	Directory string           `short:"d" default:"files" placeholder:"DIR" help:"The folder of warehouse.db and state.json (${default})."`
	Version   kong.VersionFlag `help:"Print the version."`
	Wait      bool             `help:"Wait while another program has the warehouse open."`
}

func main() {
	file.OwnerOnly()
	// The first interrupt ends the sync cleanly, the second the process.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run does what args say and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	secrets := &secret.Set{}
	stdout, stderr = terminal.Writer(stdout, secrets.Scrub), terminal.Writer(stderr, secrets.Scrub)
	var c cli
	left := -1
	parser, err := kong.New(&c,
		kong.Name("debug"),
		kong.Description("Runs the connector as Fivetran would and lands its rows in DuckDB."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.Help(help.Print),
		kong.Vars{"version": "debug " + build.Version()},
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { left = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams{in: stdin, out: stdout, err: stderr, secrets: secrets}),
	)
	if err != nil {
		panic(err) // the command line's description is wrong
	}
	command, err := parser.Parse(args)
	if left >= 0 { // help was shown
		return left
	}
	if err != nil {
		fmt.Fprintf(stderr, "debug: %v%s\nTry: %s --help\n", err, help.Meant(parser.Model, err), build.Command("debug"))
		return exit.Usage
	}
	for _, flag := range command.Flags() {
		if path, is := flag.Target.Interface().(string); is {
			err = errors.Join(err, exit.Wrong(file.NotWindows(path)))
		}
	}
	if err == nil {
		err = command.Run(&c)
	}
	switch {
	case errors.Is(err, errShown):
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "debug: interrupted")
	case err != nil:
		fmt.Fprintln(stderr, "debug:", err)
	}
	return exit.Code(err)
}

// streams are where a command reads and writes; what it writes is for people.
type streams struct {
	in       io.Reader
	out, err io.Writer
	secrets  *secret.Set // the token, which is not shown once it is known
}

// data is where it writes for programs: the bytes as they are, but to a terminal.
func (s streams) data() io.Writer {
	if terminal.Is(s.out) {
		return s.out
	}
	return terminal.Raw(s.out)
}

// whenFree does something with the warehouse; with --wait it does so again and
// again while another program has it open.
func (c *cli) whenFree(ctx context.Context, shown *screen.Screen, do func() error) error {
	told := false
	for {
		err := do()
		if !c.Wait || !errors.Is(err, warehouse.ErrBusy) {
			return err
		}
		if !told {
			shown.Printf("waiting: %v", err)
			told = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// open opens the warehouse for reading.
func (c *cli) open(ctx context.Context, s streams, schema string, folders ...string) (*sql.DB, error) {
	return c.openBy(ctx, s, func() (*sql.DB, error) { return warehouse.OpenReadOnly(c.warehouse(), schema, folders...) })
}

// openBy waits for the warehouse where --wait says so.
func (c *cli) openBy(ctx context.Context, s streams, open func() (*sql.DB, error)) (db *sql.DB, err error) {
	err = c.whenFree(ctx, screen.New(terminal.Raw(s.err), nil), func() error {
		db, err = open()
		return err
	})
	if errors.Is(err, warehouse.ErrBusy) {
		return nil, exit.Taken(fmt.Errorf("%w, or let --wait do so", err))
	}
	return db, err
}

// completionCommand writes what a shell needs to complete this program's command
// lines.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
	Name  string `default:"debug" placeholder:"NAME" help:"What the program is called (${default})."`
}

func (c *completionCommand) Run(_ context.Context, s streams, parsed *kong.Context) error {
	all, err := recipes.All()
	if err != nil {
		return err
	}
	var questions []string
	for _, r := range all {
		questions = append(questions, r.Name)
	}
	return completion.Write(s.out, c.Shell, c.Name, parsed.Model, questions)
}
