// Command operator keeps a daily record of who is in which segment and carries
// which tag, as files that DuckDB and Athena query in place.
//
//	operator snapshot --output lake      walk the workspace, publish today
//	operator verify --output lake        check every published file
//	operator forget CONTACT --output lake
//
// The access token comes from INTERCOM_ACCESS_TOKEN, another host from
// INTERCOM_BASE_URL. Without a token it runs on a sandbox, an Intercom
// workspace made up within this process, so that everything can be seen
// offline.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // workspaces name their zone; a small container has none

	"github.com/alecthomas/kong"

	"intercom-connector/intercom"
	"intercom-connector/operator"
)

type cli struct {
	Snapshot snapshotCommand `cmd:"" help:"Walk segments, tags, contacts and companies and publish them as today's."`
	Forget   forgetCommand   `cmd:"" help:"Remove a person from everything published, for an erasure request."`
	Verify   verifyCommand   `cmd:"" help:"Check size, rows and checksum of every published file."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// console is what the commands have to do with: where they write, the
// environment and the clock.
type console struct {
	out, problems io.Writer
	getenv        func(string) string
	now           func() time.Time
	terminal      bool // problems is one
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := console{out: os.Stdout, problems: os.Stderr, getenv: os.Getenv, now: time.Now, terminal: isTerminal(os.Stderr)}
	log.SetOutput(io.Discard) // where the S3 uploader prints addresses; its errors come back as errors
	served, err := serveLambda(ctx, os.Getenv, os.Stdout)
	if !served {
		err = run(ctx, os.Args[1:], c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "operator:", err)
		stop()
		os.Exit(1)
	}
}

// run parses the command line and does what it says.
func run(ctx context.Context, args []string, c console) error {
	var all cli
	exit := -1
	parser, err := kong.New(&all,
		kong.Name("operator"),
		kong.Description("Who is in which segment and carries which tag, on which day: a lake of daily snapshots of an Intercom workspace."),
		kong.Writers(c.out, c.problems),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(c),
	)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exit == 0 { // help was printed
		return nil
	}
	if err != nil {
		return err
	}
	return parsed.Run()
}

type versionCommand struct{}

// Run is kong's entry.
func (versionCommand) Run(c console) error {
	_, err := fmt.Fprintln(c.out, "operator", intercom.Version, "for Intercom's API", intercom.APIVersion)
	return err
}

type forgetCommand struct {
	Contact string `arg:"" help:"The contact's id in Intercom, such as 5ba682d23d7cf92bef87bfd4."`
	Output  string `default:"lake" placeholder:"PLACE" help:"The lake: a folder, or s3://bucket/prefix (${default})."`
}

// Run is kong's entry.
func (f forgetCommand) Run(ctx context.Context, c console) error {
	lake, err := openLake(ctx, f.Output, true, operator.Options{})
	if err != nil {
		return err
	}
	found, err := lake.Forget(ctx, f.Contact)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		_, err := fmt.Fprintf(c.out, "%s is nowhere in %s.\n", f.Contact, f.Output)
		return err
	}
	var removed, days, left int64
	for _, f := range found {
		what := "removed"
		if f.Removed {
			removed += f.Rows
			days++
		} else {
			what = "left: not about persons"
			left += f.Rows
		}
		fmt.Fprintf(c.out, "%s %s  %s, %s\n", f.Dt, f.Table, count(f.Rows, "row"), what)
	}
	fmt.Fprintf(c.out, "%s removed; %s written anew.\n", count(removed, "row"), count(days, "published file set"))
	if left > 0 {
		fmt.Fprintf(c.out, "%s of companies, tags or segments name the person and were left as they are.\n", count(left, "row"))
	}
	fmt.Fprintln(c.out, "Not covered: texts that name the person without the id, and copies made of the lake.")
	return nil
}

type verifyCommand struct {
	Output string `default:"lake" placeholder:"PLACE" help:"The lake: a folder, or s3://bucket/prefix (${default})."`
}

// Run is kong's entry.
func (v verifyCommand) Run(ctx context.Context, c console) error {
	lake, err := openLake(ctx, v.Output, true, operator.Options{})
	if err != nil {
		return err
	}
	found, err := lake.Verify(ctx)
	if err != nil {
		return err
	}
	for _, problem := range found.Problems {
		fmt.Fprintln(c.out, "wrong:", problem)
	}
	for _, day := range found.Incomplete {
		fmt.Fprintln(c.out, "not proven complete:", day)
	}
	fmt.Fprintf(c.out, "%s, %s published: %s in %s, %s bytes.\n", count(int64(found.Tables), "table"), count(int64(found.Days), "table day"),
		count(found.Rows, "row"), count(int64(found.Parts), "part"), thousands(found.Bytes))
	if found.Unpublished > 0 {
		fmt.Fprintf(c.out, "%s unpublished: of a run under way, or of one that was interrupted; the next run removes it.\n", count(int64(found.Unpublished), "part"))
	}
	if len(found.Problems) > 0 {
		return errors.New("the lake is not sound; a new snapshot of the same day replaces it, other days need a backup")
	}
	return nil
}
