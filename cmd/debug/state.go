//go:build cgo

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/printable"
	"intercom-connector/internal/terminal"
	"intercom-connector/membership/tables"
	"intercom-connector/tester"
	"intercom-connector/tester/query"
	"intercom-connector/tester/screen"
	"intercom-connector/tester/warehouse"
)

// progressOf is what this project's connector keeps in its state, as far as a
// person wants to know. Times are epoch seconds.
type progressOf struct {
	Workspace string `json:"workspace"`
	Datasets  map[string]struct {
		Floor    int64 `json:"floor"`
		Cursor   int64 `json:"cursor"`
		Lookback struct {
			Last  int64 `json:"last"`
			Began int64 `json:"began"`
			At    int64 `json:"at"`
		} `json:"lookback"`
	} `json:"datasets"`
	Jobs        []json.RawMessage `json:"jobs"`
	Memberships json.RawMessage   `json:"memberships"`
	Lookups     json.RawMessage   `json:"lookups"`
	Deletions   *struct {
		Since map[string]int64 `json:"since"`
	} `json:"deletions"`
	Engagement *struct {
		Floor  int64 `json:"floor"`
		Cursor int64 `json:"cursor"`
		Told   int64 `json:"told"`
	} `json:"engagement"`
}

// readProgress is of a state that no sync has written when there is none.
func readProgress(path string) (p progressOf, there bool, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		return p, false, fmt.Errorf("the state %s cannot be read: %w", path, err)
	}
	return p, true, nil
}

// workspaceOf is the id of the workspace that the directory's state is of, or "".
func workspaceOf(directory string) string {
	p, _, err := readProgress((&cli{Directory: directory}).state())
	if err != nil {
		return "" // the sync itself says what is wrong with it
	}
	return p.Workspace
}

// stateCommand says how far the syncs have come.
type stateCommand struct {
	State string `placeholder:"FILE" help:"The state file (state.json in the directory)."`
}

func (c *stateCommand) Run(s streams, all *cli) error {
	path := c.State
	if path == "" {
		path = all.state()
	}
	p, there, err := readProgress(path)
	if err != nil {
		return err
	}
	if !there {
		fmt.Fprintf(s.out, "There is no state at %s: the next sync is a first one.\n", path)
		return nil
	}
	if len(p.Datasets) == 0 && !p.members() {
		fmt.Fprintf(s.out, "%s is a state that says nothing of datasets; it is the connector's own.\n", path)
		return nil
	}
	lines := query.Lines{Columns: []string{"table", "read from", "read up to", "read again on"}, Right: make([]bool, 4)}
	for _, id := range slices.Sorted(maps.Keys(p.Datasets)) {
		d := p.Datasets[id]
		again := instant(d.Lookback.Last)
		if d.Lookback.Began > 0 {
			again = "under way, at " + instant(d.Lookback.At)
		}
		lines.Rows = append(lines.Rows, []string{id, instant(d.Floor), instant(d.Cursor), again})
	}
	fmt.Fprintf(s.out, "Workspace %s. Times are in UTC.\n\n", printable.Line(p.Workspace))
	if err := lines.Write(s.out, terminal.Width(s.out)); err != nil {
		return err
	}
	if n := len(p.Jobs); n > 0 {
		fmt.Fprintf(s.out, "\n%s in flight, which a sync within the hour takes up.\n", terminal.Count(int64(n), "export job"))
	}
	if d := p.Deletions; d != nil && d.Since[tables.Deleted] > 0 {
		fmt.Fprintf(s.out, "\nDeleted conversations are read up to %s.\n", instant(d.Since[tables.Deleted]))
	}
	if len(p.Lookups) > 0 {
		fmt.Fprintln(s.out, "\nTeammates and teams are read whole in each sync.")
	}
	if p.members() {
		fmt.Fprintln(s.out, "\nSegments and tags are read once a day.")
	}
	if e := p.Engagement; e != nil {
		fmt.Fprintf(s.out, "\nMessages are read from %s to %s, and what happened to them to %s.\n", instant(e.Floor), instant(e.Cursor), instant(e.Told))
	}
	return nil
}

func instant(seconds int64) string {
	if seconds == 0 {
		return "never"
	}
	return time.Unix(seconds, 0).UTC().Format("2006-01-02 15:04")
}

// membershipTables are written by one walk, and so are reset together.
var membershipTables = []string{
	"segment", "tag", "contact", "company", "contact_segment", "contact_tag", "company_segment", "company_tag", "membership_snapshot",
}

// messageTables are read from the same exports, and so are reset together.
var messageTables = []string{engagement.ReceiptTable, engagement.EventTable}

// resetCommand forgets.
type resetCommand struct {
	Table  string `arg:"" optional:"" help:"The table to forget; without it, the warehouse and the state."`
	Yes    bool   `short:"y" help:"Do not ask."`
	State  string `placeholder:"FILE" help:"The state file (state.json in the directory)."`
	Schema string `default:"tester" name:"destination-schema" placeholder:"NAME" help:"The warehouse's schema (${default})."`
}

// Run asks and forgets. It is kong's entry.
func (c *resetCommand) Run(ctx context.Context, s streams, all *cli) error {
	state := c.State
	if state == "" {
		state = all.state()
	}
	tables := []string{c.Table}
	together := ""
	switch {
	case slices.Contains(membershipTables, c.Table):
		tables, together = membershipTables, "segments and tags"
	case slices.Contains(messageTables, c.Table):
		tables, together = messageTables, "message engagement"
	}
	what := fmt.Sprintf("the table %s", c.Table)
	switch {
	case c.Table == "":
		what = fmt.Sprintf("%s and %s", all.warehouse(), state)
	case len(tables) > 1:
		what = "the tables of " + together + ", which are read together"
	}
	if err := c.sure(s, what); err != nil {
		return err
	}
	err := all.whenFree(ctx, screen.New(terminal.Raw(s.err), nil), func() error {
		if c.Table == "" {
			return tester.Reset(all.warehouse(), state)
		}
		return tester.ResetTables(ctx, all.warehouse(), state, c.Schema, tables, func(state string) (string, error) { return c.forget(state) })
	})
	if errors.Is(err, warehouse.ErrBusy) {
		return exit.Taken(err)
	}
	if err == nil {
		fmt.Fprintf(s.out, "Forgot %s. The next sync reads it again.\n", what)
	}
	return err
}

// sure asks, where there is someone to ask.
func (c *resetCommand) sure(s streams, what string) error {
	if c.Yes {
		return nil
	}
	if in, ok := s.in.(*os.File); !ok || !terminal.Is(in) {
		return exit.Wrong(fmt.Errorf("this removes %s: say --yes", what))
	}
	fmt.Fprintf(s.out, "Remove %s? Type yes: ", what)
	answer, _ := bufio.NewReader(s.in).ReadString('\n')
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("nothing was removed")
	}
	return nil
}

// forget takes the table out of a state of this project's connector. What it does
// not know stays as it is.
func (c *resetCommand) forget(state string) (string, error) {
	var all, datasets map[string]json.RawMessage
	var jobs []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(state), &all); err != nil {
		return "", err
	}
	for key, into := range map[string]any{"datasets": &datasets, "jobs": &jobs} {
		if len(all[key]) > 0 {
			if err := json.Unmarshal(all[key], into); err != nil {
				return "", fmt.Errorf("the state's %s: %w", key, err)
			}
		}
	}
	if c.Table == tables.Deleted {
		delete(all, "deletions")
	} else if slices.ContainsFunc(tables.Lookups(), func(t tables.Table) bool { return t.Name == c.Table }) {
		delete(all, "lookups")
	} else if slices.Contains(membershipTables, c.Table) {
		if len(all["memberships"]) == 0 {
			return "", exit.Wrong(errors.New("the state knows no segments and tags"))
		}
		delete(all, "memberships")
	} else if slices.Contains(messageTables, c.Table) {
		delete(all, "engagement")
	} else {
		if len(datasets[c.Table]) == 0 {
			return "", exit.Wrong(fmt.Errorf("the state knows no table %q%s", c.Table, configuration.Suggest(c.Table, slices.Sorted(maps.Keys(datasets)))))
		}
		delete(datasets, c.Table)
		jobs = slices.DeleteFunc(jobs, func(job map[string]json.RawMessage) bool { return string(job["dataset"]) == fmt.Sprintf("%q", c.Table) })
		for key, from := range map[string]any{"datasets": datasets, "jobs": jobs} {
			if len(all[key]) == 0 {
				continue
			}
			b, err := json.Marshal(from)
			if err != nil {
				return "", err
			}
			all[key] = b
		}
	}
	b, err := json.Marshal(all)
	return string(b), err
}

// members says that segments and tags have been read.
func (p progressOf) members() bool {
	return len(p.Memberships) > len("{}") && string(p.Memberships) != "null"
}
