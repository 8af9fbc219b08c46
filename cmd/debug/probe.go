//go:build cgo

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/probe"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/printable"
	"intercom-connector/internal/terminal"
)

// probe looks closer than an examination. Its JSON can be given to anyone.
func (c *doctorCommand) probe(ctx context.Context, values map[string]string, s streams) error {
	if !c.JSON {
		fmt.Fprint(s.out, "\nLooking closer: small export jobs, and a page of each list.\n\n")
	}
	report, err := probe.Run(ctx, values, hasty(terminal.NewLog(newScreen(s.err), slog.LevelError)))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, new(*configuration.Error)):
		return exit.Wrong(err)
	case err != nil:
		return err
	}
	if c.JSON {
		err = writeJSON(s.out, report)
	} else {
		writeProbe(s.out, report, terminal.Colours(s.out))
	}
	if err == nil && report.Contradicts() {
		return errShown
	}
	return err
}

// offerProbe asks the person at a terminal whether to look closer; it tells others how.
func offerProbe(ctx context.Context, s streams, ask *terminal.Prompt, values map[string]string, command string) error {
	if ask == nil {
		fmt.Fprintf(s.out, "What differs from workspace to workspace, and what follows: %s\n", command)
		return nil
	}
	answer, err := ask.Line(ctx, "Look closer at what differs from workspace to workspace, by small export jobs? yes or no", "no")
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil, !strings.HasPrefix(strings.ToLower(answer), "y"):
		return nil
	}
	return (&doctorCommand{}).probe(ctx, values, s)
}

// writeProbe is the screen: what was found, and below it what follows.
func writeProbe(w io.Writer, r probe.Report, p terminal.Palette) {
	width := 0
	for _, f := range r.Findings {
		width = max(width, len(f.About))
	}
	for _, f := range r.Findings {
		mark := map[probe.Verdict]string{
			probe.Fine: p.Green("✓"), probe.Warned: p.Yellow("!"), probe.Refused: p.Red("✗"), probe.Unknown: p.Dim("–"),
		}[f.Verdict]
		fmt.Fprintf(w, "%s %-*s  %s\n", mark, width, f.About, printable.Line(f.Found))
		follows := f.Follows
		if f.Setting != "" {
			follows += fmt.Sprintf(" (key %s)", f.Setting)
		}
		if follows != "" {
			fmt.Fprintf(w, "  %*s  %s\n", width, "", p.Dim("→ "+printable.Line(follows)))
		}
	}
	if r.Contradicts() {
		fmt.Fprintf(w, "\n%s What is marked so keeps a sync from being right: it would fail and say so.\n", p.Red("✗"))
	} else {
		fmt.Fprintf(w, "\n%s A sync reads this workspace correctly.\n", p.Green("✓"))
	}
	fmt.Fprintln(w, "doctor --probe --json says the same for others to read: no value of a row, no id or name of a person, no token.")
}
