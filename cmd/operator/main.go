// Command operator keeps a daily record of who is in which segment and carries
// which tag, as files that DuckDB and Athena query in place.
//
//	operator snapshot --output lake      walk the workspace, publish today
//	operator snapshot --sandbox          the same of a workspace made up here
//	operator status --output lake        which days there are
//	operator verify --output lake        check every published file
//	operator forget CONTACT --output lake
//	operator compact --output lake       index the months that are over
//	operator copy FOLDER --output s3://bucket/prefix
//
// The configuration is the connector's, found where package configuration looks
// for it; the access token alone is enough (INTERCOM_ACCESS_TOKEN). The sandbox is
// an Intercom workspace made up within this process, so that everything can be
// seen offline.
//
// It ends with the codes of package exit.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // workspaces name their zone; a small container has none

	"github.com/alecthomas/kong"

	"intercom-connector/connector/configuration"
	"intercom-connector/intercom"
	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/file"
	"intercom-connector/internal/secret"
	"intercom-connector/internal/terminal"
	"intercom-connector/operator/lake"
)

type cli struct {
	Snapshot snapshotCommand `cmd:"" help:"Read segments, tags, contacts and companies, and publish them as today's."`
	Forget   forgetCommand   `cmd:"" help:"Remove a person from everything published, for an erasure request."`
	Status   statusCommand   `cmd:"" help:"Show the days of each table: complete, missing, and how large."`
	Verify   verifyCommand   `cmd:"" help:"Check size, rows and checksum of every published file."`
	Adopt    adoptCommand    `cmd:"" help:"Make a lake belong to a workspace: days of others are set aside, nothing is deleted."`
	Compact  compactCommand  `cmd:"" help:"Index the months that are over, so that a lake of years opens quickly."`
	Copy     copyCommand     `cmd:"" help:"Copy a lake into a new folder on this machine, to query it without its bucket."`
	Version  versionCommand  `cmd:"" help:"Print the version."`

	Build kong.VersionFlag `name:"version" help:"Print the version."`
}

// console is what the commands have to do with: where they write, the
// environment and the clock.
type console struct {
	out, problems io.Writer
	moving        io.Writer // a terminal's own, for a line that moves; nil without one
	getenv        func(string) string
	now           func() time.Time
	secrets       *secret.Set // the token, once it is known
}

// newConsole writes for people: no token, and nothing that a terminal acts on.
func newConsole(out, problems io.Writer, getenv func(string) string, now func() time.Time) console {
	secrets := &secret.Set{}
	c := console{
		out: terminal.Writer(out, secrets.Scrub), problems: terminal.Writer(problems, secrets.Scrub),
		getenv: getenv, now: now, secrets: secrets,
	}
	if terminal.Is(problems) {
		c.moving = problems
	}
	return c
}

// fail says why the program ends.
func (c console) fail(err error) { fmt.Fprintln(c.problems, "operator:", err) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := newConsole(os.Stdout, os.Stderr, os.Getenv, time.Now)
	log.SetOutput(io.Discard) // where the S3 uploader prints addresses; its errors come back as errors
	served, err := serveLambda(ctx, os.Getenv, os.Stdout)
	if !served {
		err = run(ctx, os.Args[1:], c)
	}
	if err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted; what was published stays, and the next run goes on from there")
		}
		c.fail(err)
		stop()
		os.Exit(exit.Code(err))
	}
}

// run parses the command line and does what it says.
func run(ctx context.Context, args []string, c console) error {
	var all cli
	code := -1
	parser, err := kong.New(&all,
		kong.Name("operator"),
		kong.Description("Who is in which segment and carries which tag, on which day: a lake of daily snapshots of an Intercom workspace."),
		kong.Writers(c.out, c.problems),
		kong.Exit(func(c int) { code = c }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Help(func(options kong.HelpOptions, shown *kong.Context) error {
			err := kong.DefaultHelpPrinter(options, shown)
			fmt.Fprint(shown.Stdout, exit.Help)
			return err
		}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(c),
		kong.Vars{"version": versionLine()},
	)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(withValues(args))
	if code == 0 { // help was printed
		return nil
	}
	if err != nil {
		return exit.Wrong(err)
	}
	for _, flag := range parsed.Flags() {
		if path, is := flag.Target.Interface().(string); is {
			err = errors.Join(err, exit.Wrong(file.NotWindows(path)))
		}
	}
	if err != nil {
		return err
	}
	err = parsed.Run()
	switch {
	case errors.As(err, new(*lake.LockedError)):
		return exit.Taken(err)
	case errors.As(err, new(*configuration.Error)):
		return exit.Wrong(err)
	}
	return err
}

// withValues gives --reporting a value where it has none, since flags of kong
// take one or never do.
func withValues(args []string) []string {
	var out []string
	for i, arg := range args {
		next := ""
		if i+1 < len(args) {
			next = args[i+1]
		}
		if arg == "--reporting" && (next == "" || strings.HasPrefix(next, "-")) {
			arg = "--reporting="
		}
		out = append(out, arg)
	}
	return out
}

type versionCommand struct{}

func (versionCommand) Run(c console) error {
	_, err := fmt.Fprintln(c.out, versionLine())
	return err
}

func versionLine() string {
	return "operator " + build.Version() + " for Intercom's API " + intercom.APIVersion
}
