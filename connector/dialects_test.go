package connector

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"intercom-connector/connector/export/exporttest"
	"intercom-connector/sandbox"
)

// TestDialects: of each way in which a workspace is known to differ, alone, the
// connector makes what docs/intercom.md says: the right rows, those and a
// Warning, or an error that names it.
func TestDialects(t *testing.T) {
	promises := exporttest.Promises(t, "../docs/intercom.md")
	for i, d := range sandbox.Dialects() {
		if i%dialects != 0 {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, monday, exporttest.Workspace(d.Name, monday), func(w *world) {
				w.set("dataset_id", "all", "memberships", "current", "initial_start_time", "2026-03-07")
				messages := strings.HasPrefix(d.Name, "messages") || i%8 == 0
				if messages {
					w.set("engagement", "on")
				}
				o := exporttest.Syncs(func() ([]string, error) {
					err := w.destination.sync(w.connector, w.configuration)
					return w.destination.warnings, err
				})
				for _, id := range o.Read(w.sandbox, builtIn) {
					o.Wrong = append(o.Wrong, w.differences(id)...)
				}
				if o.Err == nil {
					o.Wrong = append(o.Wrong, w.wrongPeople()...)
				}
				if o.Err == nil && messages {
					o.Wrong = append(o.Wrong, w.wrongMessages(d.Name)...)
				}
				promises.Connector(t, d.Name, o)
			})
		})
	}
}

// manyMixtures is for make torture; firstHistory is theirs too.
var manyMixtures = flag.Int("mixtures", 0, "how many workspaces TestMixtures plays")

// TestMixtures: whatever mixture of dialects a workspace speaks, its rows and
// people are right, or an error or a Warning names what is not.
func TestMixtures(t *testing.T) {
	for seed := *firstHistory; seed < *firstHistory+max(*manyMixtures, mixtures); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			inBubble(t, monday, exporttest.Mixture(uint64(seed), monday), func(w *world) {
				w.set("dataset_id", "all", "memberships", "current", "initial_start_time", "2026-03-07")
				o := exporttest.Syncs(func() ([]string, error) {
					err := w.destination.sync(w.connector, w.configuration)
					return w.destination.warnings, err
				})
				for _, id := range o.Read(w.sandbox, builtIn) {
					o.Wrong = append(o.Wrong, w.differences(id)...)
				}
				o.Wrong = append(o.Wrong, o.Unsaid(w.wrongPeople())...)
				o.Mixture(t, w.sandbox.Dialect())
			})
		})
	}
}

// wrongMessages is where the tables of message engagement part from the workspace.
func (w *world) wrongMessages(dialect string) (found []string) {
	events := len(w.destination.tables["message_event"])
	switch {
	case dialect == "messages-gzip" && events == 0, dialect == "messages-no-opens":
		return nil // events are missing, and a Warning says so
	case events == 0:
		found = append(found, "no event of a message")
	}
	return append(found, w.engagementDifferences(w.floorOf(), 30*day)...)
}

// wrongPeople is where the tables of people part from the workspace's, of today.
func (w *world) wrongPeople() (found []string) {
	today := time.Now().UTC().Format(time.DateOnly)
	truth := w.sandbox.TruthMembership()
	for table, want := range map[string][]string{
		"contact": slices.Sorted(truth.Contacts), "company": slices.Sorted(truth.Companies),
		"contact_segment": truePairs(truth.ContactSegments), "contact_tag": truePairs(truth.ContactTags),
		"company_segment": truePairs(truth.CompanySegments), "company_tag": truePairs(truth.CompanyTags),
	} {
		columns := []string{"id"}
		if one, other, pair := strings.Cut(table, "_"); pair {
			columns = []string{one + "_id", other + "_id"}
		}
		var got []string
		for _, row := range w.destination.pairs(table, append(columns, "last_seen_date")...) {
			if text, ok := strings.CutSuffix(row, " "+today); ok {
				got = append(got, text)
			}
		}
		if !slices.Equal(want, got) {
			found = append(found, fmt.Sprintf("%s has %d rows of today, not the %d that it should", table, len(got), len(want)))
		}
	}
	return found
}

// A dataset that cannot be read, and was asked for by name, fails the sync by its
// name, after the others have landed.
func TestUnreadableByName(t *testing.T) {
	nothing := exporttest.Workspace("crlf", monday)
	nothing.EmptyCopilot = true
	for want, o := range map[string]sandbox.Options{
		"dataset copilot_prompt_response_pair, ":                     exporttest.Workspace("dataset-forbidden-403", monday),
		"dataset copilot_prompt_response_pair cannot be read: ":      exporttest.Workspace("time-attribute-null", monday),
		"dataset copilot_prompt_response_pair has nothing to read: ": nothing,
	} {
		inBubble(t, monday, o, func(w *world) {
			w.set("dataset_id", "call,copilot_prompt_response_pair", "initial_start_time", "2026-03-07")
			err := w.destination.sync(w.connector, w.configuration)
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "dataset call") {
				t.Errorf("want %q, got %v", want, err)
			}
			w.equalsTruth("call")
		})
	}
}
