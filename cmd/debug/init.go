//go:build cgo

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"intercom-connector/connector/doctor"
	"intercom-connector/connector/workspace"
	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/file"
	"intercom-connector/internal/printable"
	"intercom-connector/internal/terminal"
)

// tokenVariable is the environment variable that holds the access token. There
// is no flag for it: other users of a machine see a program's flags.
const tokenVariable = "INTERCOM_ACCESS_TOKEN"

// initCommand writes a configuration that has been tried.
type initCommand struct {
	Dataset     string `placeholder:"IDS" help:"Dataset ids separated by commas, or all."`
	Start       string `placeholder:"TIME" help:"Where the first sync begins: 2026-01-01, or a time with its zone."`
	Lookback    string `placeholder:"DAYS" help:"How far back rows are read again once a day."`
	Memberships string `placeholder:"KIND" help:"Segment and tag tables: none, current, changed or daily."`
	Output      string `name:"configuration" aliases:"output" short:"c" default:"configuration.json" placeholder:"FILE" help:"The file to write (${default})."`
	BaseURL     string `name:"base-url" placeholder:"URL" help:"For proxies and the sandbox."`
	Force       bool   `help:"Replace the file if it is there."`
}

// Run asks what no flag says, if there is someone to ask. It is kong's entry.
func (c *initCommand) Run(ctx context.Context, s streams) error {
	if _, err := os.Lstat(c.Output); err == nil && !c.Force {
		return exit.Wrong(fmt.Errorf("%s is there already: --force replaces it, --configuration names another", c.Output))
	}
	return c.do(ctx, s, os.Getenv(tokenVariable), terminal.NewPrompt(os.Stdin, s.out))
}

// do goes from nothing to the file. A nil prompt asks nothing.
func (c *initCommand) do(ctx context.Context, s streams, token string, ask *terminal.Prompt) error {
	if token == "" {
		if ask == nil {
			return exit.Wrong(fmt.Errorf("there is no token: set %s, or run this in a terminal", tokenVariable))
		}
		fmt.Fprintln(s.out, "In Intercom: Settings > Integrations > Developer Hub > your app > Configure > Authentication.")
		var err error
		if token, err = ask.Hidden(ctx, "Access token (not shown)"); err != nil {
			return err
		}
	}
	s.secrets.Add(token)
	configuration := map[string]string{"access_token": token}
	set(configuration, "base_url", c.BaseURL)
	set(configuration, "dataset_id", "all")
	options := hasty(terminal.NewLog(newScreen(s.err), slog.LevelError))
	offer, err := doctor.Look(ctx, configuration, options)
	if err != nil {
		return c.refused(ctx, s, offer)
	}
	fmt.Fprintf(s.out, "Workspace %s (%s), region %s, times in %s.\n",
		printable.Line(offer.Workspace.Name), printable.Line(offer.Workspace.ID), offer.Workspace.Region, offer.Workspace.Timezone)
	if err := c.choose(ctx, s, options, configuration, offer, ask); err != nil {
		return err
	}
	fmt.Fprintln(s.out, "Trying it, with two small export jobs ...")
	tried, err := doctor.Examine(ctx, configuration, options)
	if err != nil || len(tried.Problems) > 0 {
		return c.refused(ctx, s, tried)
	}
	writeExamination(s.out, tried, terminal.Colours(s.out), terminal.Width(s.out))
	if err := writeConfiguration(c.Output, configuration, c.Force); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "\nWrote %[1]s, readable by you only: it holds the token.\n"+
		"Next: %[3]s --configuration %[2]s --directory my-files\n", c.Output, printable.Argument(c.Output), build.Command("debug"))
	return offerProbe(ctx, s, ask, configuration, build.Command("debug")+" doctor --probe --configuration "+printable.Argument(c.Output))
}

// refused says why nothing is written.
func (c *initCommand) refused(ctx context.Context, s streams, x doctor.Examination) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	writeExamination(s.err, x, terminal.Colours(s.err), terminal.Width(s.err))
	fmt.Fprintf(s.err, "%s was not written.\n", c.Output)
	return shownIn(x)
}

// choose fills in the few choices: a flag's, a person's, or the default.
func (c *initCommand) choose(ctx context.Context, s streams, options workspace.Options, configuration map[string]string, offer doctor.Examination, ask *terminal.Prompt) error {
	try := func() error {
		x, err := doctor.Look(ctx, configuration, options)
		if err == nil && len(x.Problems) == 0 {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return errors.New(strings.Join(x.Problems, "\n"))
	}
	for _, q := range []struct{ key, flag, absent, question string }{
		{"dataset_id", c.Dataset, "conversation", "Datasets: numbers or ids separated by commas, or all"},
		{"initial_start_time", c.Start, "", "Start of the first sync, such as 2026-01-01 (empty: 24 hours ago)"},
		{"lookback_days", c.Lookback, "30", "Once a day, read again the rows of how many days"},
		{"memberships", c.Memberships, "none", "Segment and tag tables: none, current, changed or daily"},
	} {
		set(configuration, q.key, q.flag)
		if q.flag != "" || ask == nil {
			if q.flag == "" {
				set(configuration, q.key, q.absent)
			}
			continue
		}
		if q.key == "dataset_id" {
			list(s.out, offer.Datasets)
		}
		for {
			answer, err := ask.Line(ctx, q.question, q.absent)
			if err != nil {
				return err
			}
			if q.key == "dataset_id" {
				answer = numbered(answer, offer.Datasets)
			}
			set(configuration, q.key, answer)
			err = try()
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return err
			}
			ask.Complain(err)
		}
	}
	return nil
}

// list shows the datasets with the numbers by which they can be chosen.
func list(w io.Writer, datasets []doctor.Examined) {
	for i, d := range datasets {
		note := fmt.Sprintf("%d attributes", d.Attributes)
		if d.Skipped != "" {
			note = d.Skipped
		}
		fmt.Fprintf(w, "  %2d  %-32s %s\n", i+1, printable.Line(d.ID), printable.Line(note))
	}
}

// numbered turns the numbers of a list into ids.
func numbered(answer string, datasets []doctor.Examined) string {
	var ids []string
	for part := range strings.SplitSeq(answer, ",") {
		part = strings.TrimSpace(part)
		if n, err := strconv.Atoi(part); err == nil && n >= 1 && n <= len(datasets) {
			part = datasets[n-1].ID
		}
		ids = append(ids, part)
	}
	return strings.Join(ids, ", ")
}

// set leaves out what is empty: the connector has a default for it.
func set(configuration map[string]string, key, value string) {
	if delete(configuration, key); value != "" {
		configuration[key] = value
	}
}

// writeConfiguration writes the whole file or nothing, readable for its owner
// only.
func writeConfiguration(path string, configuration map[string]string, replace bool) error {
	var b bytes.Buffer
	if err := writeJSON(&b, configuration); err != nil {
		return err
	}
	write := file.WriteNew
	if replace {
		write = file.Write
	}
	err := write(path, b.Bytes())
	if errors.Is(err, fs.ErrExist) {
		return exit.Wrong(fmt.Errorf("%s has appeared meanwhile: --force replaces it", path))
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return nil
}
