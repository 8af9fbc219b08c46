package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"intercom-connector/internal/terminal"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/reporting"
)

type statusCommand struct {
	Lake place `embed:""`
	JSON bool  `name:"json" help:"As JSON."`
}

func (s statusCommand) Run(ctx context.Context, c console) error {
	l, err := openLake(ctx, lakeFlags{At: s.Lake}, true, lake.Options{})
	if err != nil {
		return err
	}
	tables, damaged, err := audit.Status(ctx, l)
	if err != nil {
		return err
	}
	confirmed, err := reporting.Confirmed(ctx, l)
	if err != nil {
		damaged = append(damaged, err)
	}
	var unreadable []string
	for _, err := range damaged {
		unreadable = append(unreadable, err.Error())
	}
	if s.JSON {
		out := json.NewEncoder(c.out)
		out.SetIndent("", "  ")
		return out.Encode(map[string]any{"tables": tables, "damaged": append([]string{}, unreadable...), "confirmed": confirmed})
	}
	writeTables(c.out, tables)
	for _, t := range tables {
		tellDays(c, t.Name, "missing", t.Missing)
		tellDays(c, t.Name, "not proven complete", t.Incomplete)
		tellConfirmed(c, t.Name, confirmed[t.Name])
	}
	for _, problem := range unreadable {
		fmt.Fprintln(c.out, "damaged:", problem)
	}
	return nil
}

// writeTables is no wider than it has to be.
func writeTables(w io.Writer, tables []audit.Table) {
	rows := [][]string{{"table", "first day", "last day", "days", "missing", "not complete", "rows", "bytes"}}
	for _, t := range tables {
		rows = append(rows, []string{
			t.Name, t.First, t.Last, terminal.Number(int64(t.Days)), terminal.Number(audit.Count(t.Missing)),
			terminal.Number(audit.Count(t.Incomplete)), terminal.Number(t.Rows), terminal.Number(t.Bytes),
		})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, row := range rows {
		line := fmt.Sprintf("%-*s", widths[0], row[0])
		for i, cell := range row[1:] {
			line += fmt.Sprintf("  %*s", widths[i+1], cell)
		}
		fmt.Fprintln(w, line)
	}
}

// tellConfirmed says how many days were read again and found as they are published,
// and as of when the last of them was.
func tellConfirmed(c console, table string, days map[string]time.Time) {
	if len(days) == 0 {
		return
	}
	last := slices.MaxFunc(slices.Collect(maps.Values(days)), time.Time.Compare)
	fmt.Fprintf(c.out, "%s, read again and as published: days %s, the last as of %s\n", table, terminal.Number(int64(len(days))), last.UTC().Format(time.RFC3339))
}

// tellDays lists days, those that follow each other as one.
func tellDays(c console, table, what string, days []audit.Range) {
	var all []string
	for _, r := range days {
		if r.First == r.Last {
			all = append(all, r.First)
		} else {
			all = append(all, r.First+" to "+r.Last)
		}
	}
	if len(all) > 0 {
		fmt.Fprintf(c.out, "%s, %s: %s\n", table, what, strings.Join(all, ", "))
	}
}
