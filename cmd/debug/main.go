// Command debug runs a connector on this machine as Fivetran would and lands its
// rows in a DuckDB file. Without a configuration it syncs from a sandbox, a made-up
// workspace that it serves itself.
//
// Exit codes: 0 when all went well, 1 when the sync or the query failed, 2 when
// the command line or the configuration file is wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line.
type cli struct {
	Sync   syncCommand   `cmd:"" default:"withargs" help:"Sync once (the default)."`
	Init   initCommand   `cmd:"" help:"Write configuration.json: asks for the token and what to sync."`
	Doctor doctorCommand `cmd:"" help:"Say whether a workspace will work, and what to do if not."`
	Query  queryCommand  `cmd:"" help:"Ask the warehouse: query 'SELECT ...'."`
	Report reportCommand `cmd:"" help:"Make a page of what landed: report.html in the directory."`

	Directory string `short:"d" default:"files" placeholder:"DIR" help:"Where warehouse.db and state.json live (${default})."`
}

// usageError is a mistake in what was typed: exit code 2.
type usageError struct{ error }

func main() {
	// The first interrupt ends the sync cleanly, the second the process.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run does what args say and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c cli
	left := -1
	parser, err := kong.New(&c,
		kong.Name("debug"),
		kong.Description("Runs the connector as Fivetran would and lands its rows in DuckDB."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.Help(help),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { left = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams{out: stdout, err: stderr}),
	)
	if err != nil {
		panic(err) // the command line's description is wrong
	}
	command, err := parser.Parse(args)
	if left >= 0 { // help was shown
		return left
	}
	if err != nil {
		fmt.Fprintf(stderr, "debug: %v%s\nTry: debug --help\n", err, meant(parser.Model, err))
		return 2
	}
	err = command.Run(&c)
	var usage usageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "debug: %v\n", err)
		return 2
	case errors.Is(err, errShown):
		return 1
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "debug: interrupted")
		return 1
	case err != nil:
		fmt.Fprintf(stderr, "debug: %v\n", err)
		return 1
	}
	return 0
}

// streams are where a command writes.
type streams struct{ out, err io.Writer }
