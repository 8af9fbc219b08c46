package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// report is all that was measured.
type report struct {
	Machine, Date, Command string
	Minutes                float64
	Contests               []contestResult
	Messages               map[string][]result `json:",omitempty"` // by the way they were read
	Scaling                []scale
}

// contestResult is what the contestants did with a shape, by their roles.
type contestResult struct {
	Shape                     string
	BytesPerRow, PackedPerRow float64
	Runs                      map[string][]result
}

// scale is the connector with an export of some length.
type scale struct {
	Rows int
	Runs []result
}

// spread is a median and the extremes around it.
type spread struct{ median, low, high float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	slices.Sort(values)
	n := len(values)
	return spread{(values[n/2] + values[(n-1)/2]) / 2, values[0], values[n-1]}
}

// each gives the spread of a figure over the runs of a role.
func each(runs []result, figure func(result) float64) spread {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = figure(r)
	}
	return spreadOf(values)
}

// against gives the spread of the rounds' own ratios of a figure.
func against(runs, others []result, figure func(result) float64) spread {
	var ratios []float64
	for i := range min(len(runs), len(others)) {
		ratios = append(ratios, figure(runs[i])/figure(others[i]))
	}
	return spreadOf(ratios)
}

func (r result) rate() float64          { return float64(r.Rows) / r.Seconds }
func (r result) megabytes() float64     { return float64(r.Bytes) / r.Seconds / 1e6 }
func (r result) cpuPerRow() float64     { return r.CPU / float64(r.Rows) }
func (r result) mallocsPerRow() float64 { return float64(r.Mallocs) / float64(r.Rows) }
func (r result) peakMegabytes() float64 { return float64(r.Peak) / 1e6 }

// writeText writes the tables for a terminal.
func (r *report) writeText(out io.Writer) error {
	fmt.Fprintf(out, "%s, %s, %s\n", r.Machine, r.Date, r.Command)
	for _, c := range r.Contests {
		fmt.Fprintf(out, "\n%s\n\n", c.title())
		writeAligned(out, c.table())
		if goals := c.goals(); goals != nil {
			fmt.Fprintln(out)
			writeAligned(out, goals)
		}
	}
	if len(r.Messages) > 0 {
		fmt.Fprintf(out, "\n%s\n\n", messageEngagement)
		writeAligned(out, r.messagesTable())
	}
	if len(r.Scaling) > 0 {
		fmt.Fprintf(out, "\nThe connector alone, 20 columns\n\n")
		writeAligned(out, r.scalingTable())
	}
	_, err := fmt.Fprintf(out, "\nMeasured in %.0f minutes.\n", r.Minutes)
	return err
}

func writeAligned(out io.Writer, rows [][]string) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush()
}

func (c *contestResult) title() string {
	rounds := 0
	for _, runs := range c.Runs {
		rounds = max(rounds, len(runs))
	}
	return fmt.Sprintf("%s: %.0f bytes a row, %.0f gzipped; medians of %d rounds (lowest to highest)",
		c.Shape, c.BytesPerRow, c.PackedPerRow, rounds)
}

// table is a row of figures for each contestant.
func (c *contestResult) table() [][]string {
	rows := [][]string{{"", "rows", "thousand rows/s", "MB/s of CSV", "of gunzip", "times Python", "server CPU-s per million", "allocations a row", "peak MB"}}
	for _, x := range contestants {
		runs := c.Runs[x.role]
		if len(runs) == 0 {
			continue
		}
		rate := each(runs, result.rate)
		name, allocations := x.Name, fmt.Sprintf("%.3g", each(runs, result.mallocsPerRow).median)
		if x.role == pythonRole {
			name, allocations = name+"; "+runs[0].Version, "-"
		}
		rows = append(rows, []string{
			name, fmt.Sprint(runs[0].Rows),
			fmt.Sprintf("%.4g (%.4g to %.4g)", rate.median/1e3, rate.low/1e3, rate.high/1e3),
			fmt.Sprintf("%.3g", each(runs, result.megabytes).median),
			fmt.Sprintf("%.2f", against(runs, c.Runs[gunzipRole], result.rate).median),
			c.timesPython(runs),
			fmt.Sprintf("%.3g", each(runs, result.cpuPerRow).median*1e6), allocations,
			fmt.Sprintf("%.0f", each(runs, result.peakMegabytes).median),
		})
	}
	return rows
}

func (c *contestResult) timesPython(runs []result) string {
	python := c.Runs[pythonRole]
	if len(python) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3g", against(runs, python, result.rate).median)
}

// scalingTable is a row for each length of export.
func (r *report) scalingTable() [][]string {
	rows := [][]string{{"rows", "seconds", "microseconds a row", "allocations a row", "peak MB"}}
	for _, s := range r.Scaling {
		seconds := each(s.Runs, func(r result) float64 { return r.Seconds })
		rows = append(rows, []string{
			fmt.Sprint(s.Rows), fmt.Sprintf("%.3g", seconds.median), fmt.Sprintf("%.3g", seconds.median*1e6/float64(s.Rows)),
			fmt.Sprintf("%.3g", each(s.Runs, result.mallocsPerRow).median), fmt.Sprintf("%.0f", each(s.Runs, result.peakMegabytes).median),
		})
	}
	return rows
}

// machine says what this is.
func machine() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, after, found := strings.Cut(string(info), "model name"); found {
			line, _, _ := strings.Cut(after, "\n")
			model = strings.Trim(line, " \t:")
		}
	}
	return fmt.Sprintf("%s, %d cores, %s, %s", model, runtime.NumCPU(), runtime.GOOS, runtime.Version())
}

// command is what a person types for the same measurement.
func command(arguments []string) string {
	return strings.Join(append([]string{"go run ./test/bench"}, arguments...), " ")
}
