package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"intercom-connector/test/bench/export"
)

// options are the command line.
type options struct {
	Rounds   int      `default:"3" help:"How often each contestant runs."`
	Rows     int      `help:"Rows of the connector's export of 20 columns; the others' are fewer in proportion."`
	Quick    bool     `help:"One round of a tenth of the rows, of the first shape only, and no scaling run."`
	Only     []string `sep:"none" help:"Only this table, by its title; may be given again. \"Any length\" is the connector from 10 thousand to 10 million rows." placeholder:"TABLE"`
	Python   string   `help:"The Python interpreter of the peer; empty looks for one with grpcio and protobuf." placeholder:"PATH"`
	Profiles string   `help:"Write CPU profiles of the Go servers' last round to this folder." placeholder:"FOLDER"`
	JSON     bool     `name:"json" help:"Print every run as JSON."`
	Markdown string   `help:"Also write the figures to this file, with a chart beside it; with --only, only these tables of it anew." placeholder:"FILE"`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "role" {
		fail(role(os.Args[2:]))
		return
	}
	var o options
	kong.Parse(&o, kong.Name("bench"), kong.Description("The connector's stream of a large export, beside its peers and the bounds."))
	fail(bench(o, os.Stdout, overwriting{os.Stderr}))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(o options, out, progress io.Writer) error {
	began := time.Now()
	python, err := findPython(o.Python)
	if err != nil {
		fmt.Fprintln(progress, "The Python peer is left out:", err)
	}
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	run := report{Machine: machine(), Date: began.UTC().Format(time.DateOnly), Command: command(os.Args[1:])}
	measured, others, err := o.tables()
	if err != nil {
		return err
	}
	if o.Quick {
		o.Rounds = 1
	}
	for _, s := range measured {
		c, err := contest(s, o, python, folder, progress)
		if err != nil {
			return err
		}
		run.Contests = append(run.Contests, c)
	}
	if slices.Contains(others, messageEngagement) {
		if run.Messages, err = messages(o, progress); err != nil {
			return err
		}
	}
	if slices.Contains(others, anyLength) {
		if run.Scaling, err = scaling(o, folder, progress); err != nil {
			return err
		}
	}
	run.Minutes = time.Since(began).Minutes()
	if o.JSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(run)
	} else {
		err = run.writeText(out)
	}
	switch {
	case err != nil || o.Markdown == "":
	case len(o.Only) > 0:
		err = run.renewMarkdown(o.Markdown)
	default:
		err = run.writeMarkdown(o.Markdown)
	}
	return err
}

// anyLength is the title of the table of exports of growing length.
const anyLength = "Any length"

// tables are what is measured: shapes, and other tables by their titles.
func (o options) tables() (shapes []export.Shape, others []string, err error) {
	switch {
	case o.Quick && len(o.Only) == 0:
		return export.Shapes[:1], nil, nil
	case len(o.Only) == 0:
		return export.Shapes, []string{messageEngagement, anyLength}, nil
	}
	for _, name := range o.Only {
		if name == anyLength || name == messageEngagement {
			others = append(others, name)
			continue
		}
		s, err := export.Find(name)
		if err != nil {
			return nil, nil, err
		}
		shapes = append(shapes, s)
	}
	return shapes, others, nil
}

// repeats is how often a contestant's export repeats the chunk.
func (o options) repeats(c contestant) int {
	switch {
	case o.Quick:
		return max(1, c.repeats/10)
	case o.Rows > 0:
		return max(1, c.repeats*o.Rows/(export.Shapes[0].Chunk*20))
	}
	return c.repeats
}

// contest runs all contestants on a shape, in rounds.
func contest(s export.Shape, o options, python, folder string, progress io.Writer) (c contestResult, err error) {
	c = contestResult{Shape: s.Name, Runs: map[string][]result{}}
	a, err := open(s, python, folder)
	if err != nil {
		return c, err
	}
	defer a.close()
	a.profiles = o.Profiles
	c.BytesPerRow = float64(a.body) / float64(s.Chunk)
	c.PackedPerRow = float64(a.packed) / float64(s.Chunk)
	for round := range o.Rounds {
		for _, x := range contestants {
			if x.role == pythonRole && python == "" {
				continue
			}
			fmt.Fprintf(progress, "%s, round %d of %d: %s\n", s.Name, round+1, o.Rounds, x.Name)
			r, err := a.measure(x, o.repeats(x))
			if err != nil {
				return c, err
			}
			c.Runs[x.role] = append(c.Runs[x.role], r)
		}
	}
	return c, nil
}

// scaling runs the connector on exports of growing length.
func scaling(o options, folder string, progress io.Writer) (list []scale, err error) {
	ours := contestants[slices.IndexFunc(contestants, func(c contestant) bool { return c.role == oursRole })]
	a, err := open(export.AnyLength, "", folder)
	if err != nil {
		return nil, err
	}
	defer a.close()
	for _, repeats := range []int{1, 10, 100, 1000} {
		var runs []result
		for round := range min(o.Rounds, 3) {
			fmt.Fprintf(progress, "%d rows, round %d\n", repeats*export.AnyLength.Chunk, round+1)
			r, err := a.measure(ours, repeats)
			if err != nil {
				return nil, err
			}
			runs = append(runs, r)
		}
		list = append(list, scale{Rows: repeats * export.AnyLength.Chunk, Runs: runs})
	}
	return list, nil
}

// overwriting is a terminal on which each line takes the last one's place.
// Elsewhere lines stand below one another.
type overwriting struct{ to *os.File }

func (o overwriting) Write(text []byte) (int, error) {
	line := string(text)
	if term.IsTerminal(int(o.to.Fd())) {
		line = "\r\033[K" + strings.TrimSuffix(line, "\n")
	}
	if _, err := io.WriteString(o.to, line); err != nil {
		return 0, err
	}
	return len(text), nil
}
