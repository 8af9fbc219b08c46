package operator

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/exporttest"
	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/workspace"
	"intercom-connector/membership"
	"intercom-connector/operator/lake"
	"intercom-connector/sandbox"
)

// TestDialects: of each way in which a workspace is known to differ, alone, the
// lake makes what docs/intercom.md says: of the exports and of the day's snapshot.
func TestDialects(t *testing.T) {
	promises := exporttest.Promises(t, "../docs/intercom.md")
	for i, d := range sandbox.Dialects() {
		if i%dialects != 0 {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			exportInBubble(t, monday, exporttest.Workspace(d.Name, monday), func(e *exporting) {
				e.set("dataset_id", "all", "initial_start_time", "2026-03-07")
				messages := strings.HasPrefix(d.Name, "messages")
				if messages {
					e.set("engagement", "on")
				}
				o := exporttest.Syncs(func() ([]string, error) {
					err := e.run(context.Background())
					return e.warnings, err
				})
				if d.Name != "region-elsewhere" { // where nothing can be asked any more
					for _, table := range e.tables() {
						for range o.Read(e.sandbox, []string{table.Of.Dataset}) {
							o.Wrong = append(o.Wrong, e.wrong(table, "2026-03-07")...)
						}
					}
					e.snapshot(&o)
				}
				if messages && o.Err == nil {
					o.Wrong = append(o.Wrong, e.wrongMessages(d.Name)...)
				}
				promises.Lake(t, d.Name, o)
			})
		})
	}
}

// manyMixtures is for make torture; firstHistory is theirs too.
var manyMixtures = flag.Int("mixtures", 0, "how many workspaces TestMixtures plays")

// TestMixtures: whatever mixture of dialects a workspace speaks, the lake's days
// and its snapshot are right, or an error or a Warning names what is not.
func TestMixtures(t *testing.T) {
	for seed := *firstHistory; seed < *firstHistory+max(*manyMixtures, mixtures); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			exportInBubble(t, monday, exporttest.Mixture(uint64(seed), monday), func(e *exporting) {
				e.set("dataset_id", "all", "initial_start_time", "2026-03-07")
				o := exporttest.Syncs(func() ([]string, error) {
					err := e.run(context.Background())
					return e.warnings, err
				})
				for _, table := range e.tables() {
					for range o.Read(e.sandbox, []string{table.Of.Dataset}) {
						o.Wrong = append(o.Wrong, e.wrong(table, "2026-03-07")...)
					}
				}
				rows := len(o.Wrong)
				e.snapshot(&o)
				o.Wrong = append(o.Wrong[:rows:rows], o.Unsaid(o.Wrong[rows:])...)
				o.Mixture(t, e.sandbox.Dialect())
			})
		})
	}
}

// wrongMessages is where the tables of message engagement part from the workspace.
func (e *exporting) wrongMessages(dialect string) (found []string) {
	w := e.connect()
	defer w.Close()
	events := len(e.told(w.Zone).events)
	switch {
	case dialect == "messages-gzip" && events == 0, dialect == "messages-no-opens":
		return nil // events are missing, and a Warning says so
	case events == 0:
		found = append(found, "no event of a message")
	}
	return append(found, e.engagementDifferences(w.Zone, 30*day)...)
}

func (e *exporting) connect() *workspace.Workspace {
	e.t.Helper()
	settings, err := configuration.Parse(e.values)
	if err != nil {
		e.t.Fatal(err)
	}
	w, err := workspace.Connect(context.Background(), settings, e.options)
	if err != nil {
		e.t.Fatal(err)
	}
	return w
}

// tables are those of the workspace's datasets.
func (e *exporting) tables() (all []exporttest.Table) {
	e.t.Helper()
	w, state := e.connect(), &export.State{}
	defer w.Close()
	if err := w.ListDatasets(context.Background(), state); err != nil {
		e.t.Fatal(err)
	}
	tables, err := w.Tables(state, true)
	if err != nil {
		e.t.Fatal(err)
	}
	for _, t := range tables.Tables {
		all = append(all, exporttest.Table{Of: t, Zone: w.Zone})
	}
	return all
}

// wrong is where the days of a table part from the workspace's, from a first day
// on.
func (e *exporting) wrong(t exporttest.Table, since string) (found []string) {
	want := map[string][]sandbox.Row{}
	for row := range e.sandbox.Truth(t.Of.Dataset) {
		if dt := plan.DayOf(row.Time, t.Zone).Date; dt >= since {
			want[dt] = append(want[dt], row)
		}
	}
	rows := e.rows(t.Of.Name)
	for dt := range rows {
		want[dt] = append(want[dt], nil...)
	}
	for _, dt := range slices.Sorted(maps.Keys(want)) {
		got := map[string]int{}
		for _, row := range rows[dt] {
			got[t.Line(func(column string, kind csv.Kind) string { return textOf(row[column], kind) })]++
		}
		found = append(found, t.Differences(t.Of.Name+" of "+dt, slices.Values(want[dt]), got)...)
	}
	return found
}

// textOf is a value of a lake's row as [exporttest.Table.Line] wants it.
func textOf(value any, kind csv.Kind) string {
	switch value := value.(type) {
	case nil:
		return exporttest.Null
	case float64:
		if kind == csv.Long {
			return strconv.FormatInt(int64(value), 10)
		}
		return fmt.Sprint(value)
	case string:
		if kind == csv.UTCDatetime {
			at, err := time.Parse(time.DateTime, value)
			if err != nil {
				return err.Error()
			}
			return at.UTC().Format(time.RFC3339Nano)
		}
		return value
	default:
		text, _ := json.Marshal(value)
		return string(text)
	}
}

// snapshot takes the day's and adds to an outcome what came of it.
func (e *exporting) snapshot(o *exporttest.Outcome) {
	w := e.connect()
	defer w.Close()
	cfg := membership.Config{Client: w.Client, Warn: func(warning string) { o.Warnings = append(o.Warnings, warning) }}
	begin := membership.Begin(time.Now(), time.UTC)
	out, err := Take(context.Background(), e.lake(), cfg, begin, Snapshot{})
	published := map[string]lake.Publication{}
	for _, p := range out.Publications {
		published[p.Table] = p
		if !p.Complete {
			o.Warnings = append(o.Warnings, fmt.Sprintf("%s could not be proven complete", p.Table))
		}
	}
	switch {
	case err != nil && o.Err == nil:
		o.Err = err
	case err != nil:
		o.Err = fmt.Errorf("%w; %w", o.Err, err)
	}
	for table, want := range people(e.sandbox) {
		if _, there := published[table]; !there {
			if err == nil {
				o.Wrong = append(o.Wrong, table+" is not published, and no error says so")
			}
			continue
		}
		if got := values(e.rows(table)[begin.Date], keysOf(table)...); !slices.Equal(got, want) {
			o.Wrong = append(o.Wrong, fmt.Sprintf("%s holds %d rows, not the %d that it should", table, len(got), len(want)))
		}
	}
}

// A dataset that cannot be read, and was asked for by name, fails the run by its
// name, after the others have landed.
func TestUnreadableByName(t *testing.T) {
	nothing := exporttest.Workspace("crlf", monday)
	nothing.EmptyCopilot = true
	for want, o := range map[string]sandbox.Options{
		"dataset copilot_prompt_response_pair, ":                     exporttest.Workspace("dataset-forbidden-403", monday),
		"dataset copilot_prompt_response_pair cannot be read: ":      exporttest.Workspace("time-attribute-null", monday),
		"dataset copilot_prompt_response_pair has nothing to read: ": nothing,
	} {
		exportInBubble(t, monday, o, func(e *exporting) {
			e.set("dataset_id", "call,copilot_prompt_response_pair", "initial_start_time", "2026-03-07")
			err := e.run(context.Background())
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "dataset call") {
				t.Errorf("want %q, got %v", want, err)
			}
			for _, table := range e.tables() {
				if table.Of.Dataset == "call" {
					for _, d := range e.wrong(table, "2026-03-07") {
						t.Error(d)
					}
				}
			}
		})
	}
}

// A table of a snapshot is complete only if each of its lists is proven; the
// publication names the segments that are not.
func TestOnlyWhatIsProvenIsComplete(t *testing.T) {
	exportInBubble(t, monday, exporttest.Workspace("segment-search-404", monday), func(e *exporting) {
		w := e.connect()
		defer w.Close()
		out, err := Take(context.Background(), e.lake(), membership.Config{Client: w.Client}, membership.Begin(time.Now(), time.UTC), Snapshot{})
		if err != nil || len(out.Publications) == 0 {
			t.Fatalf("%d publications, %v", len(out.Publications), err)
		}
		for _, p := range out.Publications {
			unproven := map[string]int{"contact_segment": 1}[p.Table]
			whole := unproven == 0 && p.Table != "membership_snapshot"
			if p.Complete != whole || len(p.Unproven) != unproven {
				t.Errorf("%s: complete is %v, unproven %q", p.Table, p.Complete, p.Unproven)
			}
		}
	})
}
