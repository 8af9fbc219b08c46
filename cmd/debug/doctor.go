//go:build cgo

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"intercom-connector/connector/doctor"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/printable"
	"intercom-connector/internal/terminal"
)

// doctorCommand says whether a workspace will work, and what to do if not.
type doctorCommand struct {
	Configuration string `short:"c" placeholder:"FILE" help:"The configuration to examine; else it is found as a sync finds it."`
	JSON          bool   `name:"json" help:"As JSON, for a program."`
	Probe         bool   `help:"Look closer, with small export jobs: how the workspace writes its exports and lists."`
}

// sandboxDays is how many days of the sandbox's past a first sync reads.
const sandboxDays = 30

func (c *doctorCommand) Run(ctx context.Context, s streams) error {
	configuration, err := s.configure(c.Configuration, true, sandboxDays)
	if err != nil {
		return err
	}
	defer configuration.end()
	if !c.JSON {
		configuration.say(s.out)
	} else if configuration.warn(s.err); c.Probe {
		return c.probe(ctx, configuration.values, s)
	}
	x, err := doctor.Examine(ctx, configuration.values, hasty(terminal.NewLog(newScreen(s.err), slog.LevelError)))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if c.JSON {
		if err := writeJSON(s.out, forPrograms(x)); err != nil {
			return err
		}
	} else {
		writeExamination(s.out, x, terminal.Colours(s.out), terminal.Width(s.out))
	}
	if c.Probe && err == nil {
		err = c.probe(ctx, configuration.values, s)
	} else if !c.JSON && err == nil && len(x.Problems) == 0 {
		err = offerProbe(ctx, s, terminal.NewPrompt(os.Stdin, s.out), configuration.values, build.Command("debug")+" doctor --probe")
	}
	if err == nil && len(x.Problems) > 0 || x.Workspace.ID == "" && err != nil {
		return shownIn(x)
	}
	return err
}

// shownIn is the error of an examination whose problems were shown.
func shownIn(x doctor.Examination) error {
	if x.Misconfigured {
		return exit.Wrong(errShown)
	}
	return errShown
}

// hasty gives up soon: a person waits.
func hasty(log *slog.Logger) workspace.Options {
	return workspace.Options{Log: log, Timeouts: intercom.Timeouts{Retry: 15 * time.Second}}
}

// forPrograms is an examination whose empty lists are lists, not null.
func forPrograms(x doctor.Examination) doctor.Examination {
	x.Problems = append([]string{}, x.Problems...)
	x.Warnings = append([]string{}, x.Warnings...)
	x.Scopes = append([]doctor.Scope{}, x.Scopes...)
	x.Datasets = append([]doctor.Examined{}, x.Datasets...)
	return x
}

// writeJSON writes for a program.
func writeJSON(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

// verdict is how a line begins.
type verdict int

const (
	good verdict = iota
	bad
	neutral // absent, and not needed
)

func (v verdict) mark(p terminal.Palette) string {
	return [...]string{p.Green("✓"), p.Red("✗"), p.Dim("–")}[v]
}

// writeExamination is the screen, of so many columns; 0 is without bound.
func writeExamination(w io.Writer, x doctor.Examination, p terminal.Palette, columns int) {
	wrap := func(text string, indent int) string { return terminal.Wrap(printable.Line(text), indent, columns) }
	line := func(v verdict, what, format string, args ...any) {
		fmt.Fprintf(w, "%s %-11s %s\n", v.mark(p), what, wrap(fmt.Sprintf(format, args...), 14))
	}
	if x.Workspace.ID != "" { // Intercom took the token
		line(good, "Workspace", "%s (%s), region %s, times in %s, API %s",
			x.Workspace.Name, x.Workspace.ID, x.Workspace.Region, x.Workspace.Timezone, x.Workspace.APIVersion)
		line(good, "Rate limit", "%d of %d calls left in these ten seconds", x.RateLimit.Remaining, x.RateLimit.Limit)
	}
	for _, scope := range x.Scopes {
		switch {
		case scope.Granted:
			line(good, "Permission", "%s", scope.Name)
		case scope.Needed:
			line(bad, "Permission", "%s is missing", scope.Name)
		default:
			line(neutral, "Permission", "%s is off; this configuration does without", scope.Name)
		}
	}
	writeExports(line, x)
	writeDatasets(w, x, p, columns)
	writePeople(w, x, p)
	for _, warning := range x.Warnings {
		fmt.Fprintf(w, "\n%s %s\n", p.Yellow("!"), wrap(warning, 2))
	}
	switch len(x.Problems) {
	case 0:
		fmt.Fprintf(w, "\n%s This workspace will work.\n", good.mark(p))
	case 1:
		fmt.Fprintf(w, "\n%s %s\n", bad.mark(p), wrap("Fix this first: "+x.Problems[0], 2))
	default:
		fmt.Fprintf(w, "\n%s Fix these first:\n", bad.mark(p))
		for i, problem := range x.Problems {
			fmt.Fprintf(w, "  %d. %s\n", i+1, wrap(problem, 5))
		}
	}
}

func writeExports(line func(v verdict, what, format string, args ...any), x doctor.Examination) {
	switch {
	case x.Exports.SlotFree && x.Exports.JobSeconds > 0:
		line(good, "Export jobs", "a slot was free, a small job took %.1f s", x.Exports.JobSeconds)
	case len(x.Datasets) > 0 && len(x.Problems) == 0:
		line(neutral, "Export jobs", "all five slots are taken by other integrations: a sync waits for one")
	}
	if x.Exports.RetentionYears > 0 {
		line(good, "Retention", "Intercom keeps %d years", x.Exports.RetentionYears)
	}
	if rows, all, counted := bill(x); counted {
		line(good, "A month", "%s new rows. Fivetran bills these and older rows that change; with \"send\": \"all\" %s rows",
			terminal.Number(rows), terminal.Number(all))
	}
	if x.FirstSync.Jobs > 0 {
		line(good, "First sync", "from %s: %d export jobs, %s",
			x.FirstSync.Start.Format("2006-01-02 15:04 MST"), x.FirstSync.Jobs, spoken(x.FirstSync.Minutes, x.Exports.JobSeconds > 0))
	}
}

// bill is what all tables that were counted come to in a month.
func bill(x doctor.Examination) (rows, all int64, counted bool) {
	for _, d := range x.Datasets {
		if d.Bill != nil {
			rows, all, counted = rows+d.Bill.Rows, all+d.Bill.All, true
		}
	}
	return rows, all, counted
}

// spoken is an estimate as a person says it.
func spoken(minutes float64, known bool) string {
	d := time.Duration(minutes * float64(time.Minute))
	switch {
	case !known:
		return "time unknown"
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Hour:
		return fmt.Sprintf("about %.0f min", d.Minutes())
	default:
		return fmt.Sprintf("about %.1f h", d.Hours())
	}
}

// writeDatasets lists them. A key that does not fit beside its dataset stands below it.
func writeDatasets(w io.Writer, x doctor.Examination, p terminal.Palette, columns int) {
	if len(x.Datasets) == 0 {
		return
	}
	width := len("Dataset")
	for _, d := range x.Datasets {
		width = max(width, len(d.ID))
	}
	fmt.Fprintf(w, "\n  %-*s  Attributes  Rows a month  Primary key\n", width, "Dataset")
	for _, d := range x.Datasets {
		v, becomes := good, strings.Join(d.Key, ", ")
		if d.Skipped != "" {
			v, becomes = neutral, "no table: "+d.Skipped
		}
		month := ""
		if d.Bill != nil {
			month = terminal.Number(d.Bill.Rows)
		}
		becomes = printable.Line(becomes)
		if columns > 0 && width+30+terminal.Cells(becomes) > columns {
			becomes = "\n    " + terminal.Wrap(becomes, 4, columns)
		}
		fmt.Fprintf(w, "%s %-*s  %10d  %12s  %s\n", v.mark(p), width, printable.Line(d.ID), d.Attributes, month, becomes)
	}
}

// writePeople lists the tables of segments and tags.
func writePeople(w io.Writer, x doctor.Examination, p terminal.Palette) {
	if len(x.People) == 0 {
		return
	}
	width := 0
	for _, c := range x.People {
		width = max(width, len(c.Table))
	}
	fmt.Fprintf(w, "\n  %-*s  Rows today  Active rows a month, at the most\n", width, "Table")
	for _, c := range x.People {
		about := ""
		if c.Sampled {
			about = "about "
		}
		fmt.Fprintf(w, "%s %-*s  %10s  %s\n", good.mark(p), width, c.Table, terminal.Number(c.Rows), about+terminal.Number(c.Active))
	}
}
