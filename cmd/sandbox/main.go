// Command sandbox serves an Intercom workspace on this machine: the reporting
// export, contacts, companies, segments and tags, over real HTTP, with made-up
// data that changes as real data does. It prints its base URL and what to type
// next, and runs until it is told to stop.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/terminal"
	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], terminal.Writer(os.Stdout, nil)); err != nil {
		fmt.Fprintln(terminal.Writer(os.Stderr, nil), "sandbox:", strings.TrimPrefix(err.Error(), "sandbox: "))
		stop()
		os.Exit(exit.Code(err))
	}
}

// run serves until the context is done.
func run(ctx context.Context, args []string, out io.Writer) error {
	c, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		_, err := fmt.Fprint(out, usage, dialects(), exit.Help)
		return err
	}
	if err != nil {
		return exit.Wrong(fmt.Errorf("%w; see sandbox --help", err))
	}
	if c.version {
		_, err := fmt.Fprintln(out, "sandbox", build.Version())
		return err
	}
	workspace := sandbox.New(c.options)
	base, closeAll, err := workspace.Listen(c.addr)
	if err != nil {
		return exit.Listen(err, c.addr, "--addr")
	}
	c.greet(out, base)
	if spoken := workspace.Dialect(); len(spoken) > 0 {
		fmt.Fprintf(out, "\nIt speaks %s.\n", strings.Join(spoken, ", "))
	}
	<-ctx.Done()
	err = closeAll()
	fmt.Fprintf(out, "\n%s\n", workspace.Stats())
	return err
}

type command struct {
	addr    string
	days    int
	version bool
	options sandbox.Options
}

func parse(args []string) (command, error) {
	var c command
	o := &c.options
	set := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	set.SetOutput(io.Discard) // run tells
	var jobTime time.Duration
	var body, spoken string
	var rules []func(sandbox.Request) faults.Fault // of --fault, which may be given many times
	set.StringVar(&c.addr, "addr", ":8090", "")
	// The help names the environment alone, since all users of a machine can list
	// arguments; scripts of before go on.
	set.StringVar(&o.Token, "token", os.Getenv("SANDBOX_TOKEN"), "")
	set.Uint64Var(&o.Seed, "seed", 0, "")
	set.IntVar(&o.RowsPerDay, "rows-per-day", 200, "")
	set.IntVar(&c.days, "days", 90, "")
	set.StringVar(&o.Timezone, "timezone", "America/New_York", "")
	set.IntVar(&o.Contacts, "contacts", 2000, "")
	set.IntVar(&o.Companies, "companies", 120, "")
	set.IntVar(&o.Segments, "segments", 8, "")
	set.IntVar(&o.Tags, "tags", 12, "")
	set.IntVar(&o.Deleted, "deleted", 0, "")
	set.IntVar(&o.Messages, "messages", 40, "")
	set.DurationVar(&jobTime, "job-time", 0, "")
	set.DurationVar(&o.Latency, "latency", 0, "")
	set.IntVar(&o.RateLimit, "rate-limit", 1667, "")
	set.StringVar(&body, "body", string(sandbox.ContentEncodingGzip), "")
	set.Func("fault", "", func(rule string) error {
		chosen, err := faults.ParseFault(rule)
		rules = append(rules, chosen)
		return err
	})
	set.StringVar(&spoken, "dialect", "", "")
	set.BoolVar(&c.version, "version", false, "")
	if err := set.Parse(args); err != nil {
		return c, err
	}
	switch {
	case set.NArg() > 0:
		return c, fmt.Errorf("%q is not a flag", set.Arg(0))
	case c.days < 0:
		return c, fmt.Errorf("--days %d is below 0", c.days)
	}
	if o.Seed != 0 { // other data are another workspace, which no state may take for this one
		o.AppID = fmt.Sprintf("sandbox-%d", o.Seed)
		o.AppName = fmt.Sprintf("Sandbox %d", o.Seed)
	}
	o.Body, o.Faults = sandbox.BodyForm(body), choose(rules)
	if spoken != "" {
		o.Dialect = strings.Split(spoken, ",")
	}
	o.Epoch = time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -c.days)
	if jobTime > 0 {
		o.JobTime = func(string, int, time.Duration) time.Duration { return jobTime }
	}
	return c, o.Check()
}

// choose returns the first fault that a rule has for a call.
func choose(rules []func(sandbox.Request) faults.Fault) func(sandbox.Request) faults.Fault {
	if len(rules) == 0 {
		return nil
	}
	return func(q sandbox.Request) faults.Fault {
		for _, rule := range rules {
			if fault := rule(q); fault != "" {
				return fault
			}
		}
		return ""
	}
}

// greet prints the base URL on a line of its own, and what can be done with it.
func (c command) greet(out io.Writer, base string) {
	o := c.options
	local := strings.Replace(base, "[::]", "127.0.0.1", 1)
	token := "sandbox-token"
	if o.Token != "" {
		token = "YOUR_TOKEN" // a token that was given is not repeated
	}
	fmt.Fprintf(out, greeting, local, c.days, o.RowsPerDay, o.Contacts, o.Companies, o.Seed, token, build.Command("debug"), build.Command("operator"))
}

const greeting = `%[1]s

An Intercom workspace: %[2]d days, about %[3]d conversations a day, %[4]d contacts,
%[5]d companies (seed %[6]d). Its access token is %[7]s. Type next:

  export INTERCOM_ACCESS_TOKEN=%[7]s INTERCOM_BASE_URL=%[1]s
  echo "Authorization: Bearer $INTERCOM_ACCESS_TOKEN" | curl -H @- "$INTERCOM_BASE_URL/me"
  echo "Authorization: Bearer $INTERCOM_ACCESS_TOKEN" | curl -H @- "$INTERCOM_BASE_URL/export/reporting_data/get_datasets"
  %[8]s
  %[9]s snapshot --output lake

Ctrl-C stops it.
`

const usage = `Serves an Intercom workspace on this machine, with made-up data.

  --addr HOST:PORT    where to listen (:8090); 127.0.0.1:0 takes any free port
  --seed N            what all data is made from (0)
  --days N            age of the workspace in days (90)
  --rows-per-day N    conversations a day (200); other datasets in proportion
  --contacts N  --companies N  --segments N  --tags N   (2000, 120, 8, 12)
  --deleted N         conversations in a thousand that are deleted some day (0)
  --messages N        messages sent a day (40)
  $SANDBOX_TOKEN      the access token, in the environment (sandbox-token)
  --timezone ZONE     the workspace's zone (America/New_York)
  --job-time 2s       how long an export job runs (5ms)
  --latency 100ms     how long each answer takes (0s)
  --rate-limit N      calls in ten seconds (1667)
  --body FORM         downloads: content-encoding, gzip, tgz, zip, plain
  --fault CALL:FAULT  spoil a call; may be given many times
  --dialect A,B,...   differ from other workspaces: names of the list below,
                      or all-mixed=SEED for a mixture that SEED decides
  --version           print the version

Examples:
  sandbox --rows-per-day 5000 --days 365 --dialect prefix-none,times-epoch-ms
  sandbox --fault 7:503 --fault 'GET /companies/scroll#1:scroll-500'
  debug init --base-url http://127.0.0.1:8090    a configuration for it
`

// dialects is the list of names that --dialect takes, with a sentence each.
func dialects() string {
	const width, indent = 80, 28
	var out strings.Builder
	out.WriteString("\nDialects:\n")
	for _, d := range sandbox.Dialects() {
		line := fmt.Sprintf("  %-*s", indent-2, d.Name)
		for _, word := range strings.Fields(d.Sentence) {
			if len(line)+len(word) >= width {
				out.WriteString(line + "\n")
				line = strings.Repeat(" ", indent)
			}
			if len(line) > indent {
				line += " "
			}
			line += word
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}
