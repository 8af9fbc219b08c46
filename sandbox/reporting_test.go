package sandbox

import (
	"bytes"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"intercom-connector/sandbox/workspace"
)

// datasetList is what get_datasets answers.
type datasetList struct {
	Type string
	Data []struct {
		ID         string
		Name       *string
		Time       *string `json:"default_time_attribute_id"`
		Attributes []struct {
			ID        string
			Name      *string
			Qualified *string `json:"qualified_id"`
		}
	}
}

// keys are the ids by which requests name a dataset's attributes.
func (l datasetList) keys(dataset string) (keys []string) {
	for _, d := range l.Data {
		for _, a := range d.Attributes {
			if d.ID != dataset {
				continue
			}
			if a.Qualified == nil {
				keys = append(keys, a.ID)
			} else {
				keys = append(keys, *a.Qualified)
			}
		}
	}
	return keys
}

func TestCatalogue(t *testing.T) {
	_, c := serve(t, Options{Now: at(morning)})
	var list datasetList
	c.get(&list, "GET", "/export/reporting_data/get_datasets", "")
	want := map[string]int{ // attributes of each dataset
		"conversation": 76, "consolidated_conversation_part": 73, "conversation_rating_sent": 69,
		"conversation_sla_status_log": 50, "conversation_state": 52, "teammate_handling_conversation": 43,
		"ticket_time_in_state": 56, "tickets": 72, "admin_status_change": 5, "call": 7, "call_team_stats": 8,
		"call_teammate_stats": 11, "copilot_prompt_response_pair": 11,
	}
	got := map[string]int{}
	for _, d := range list.Data {
		got[d.ID] = len(d.Attributes)
		times := 0
		for _, a := range d.Attributes {
			if d.Name == nil || a.Name == nil || *a.Name == "" || a.Qualified == nil {
				t.Errorf("%s: %s has no name or no qualified id", d.ID, a.ID)
			}
			if d.Time != nil && a.ID == *d.Time {
				times++
			}
			if a.Qualified != nil && workspace.BareID(*a.Qualified) != a.ID {
				t.Errorf("%s: qualified id %q does not end in %q", d.ID, *a.Qualified, a.ID)
			}
		}
		if times != 1 {
			t.Errorf("%s has its time attribute %d times, want once", d.ID, times)
		}
	}
	for id, n := range want {
		if got[id] != n {
			t.Errorf("%s: %d attributes, want %d", id, got[id], n)
		}
	}
	if list.Type != "list" {
		t.Errorf("a list of type %q", list.Type)
	}
}

// Every attribute tells something in some row of a month, every row has a
// time, and exports and Truth agree cell by cell.
func TestEveryAttributeTellsSomething(t *testing.T) {
	s, c := serve(t, Options{Now: at(morning), Epoch: morning.Add(-30 * day), JobTime: instant, RowsPerDay: 40, Body: Plain})
	var list datasetList
	c.get(&list, "GET", "/export/reporting_data/get_datasets", "")
	for _, d := range list.Data {
		t.Run(d.ID, func(t *testing.T) {
			keys := list.keys(d.ID)
			rows := c.export(d.ID, morning.Add(-100*day), morning, keys...)
			told := make([]bool, len(keys))
			truth := slices.Collect(s.Truth(d.ID))
			if len(rows)-1 != len(truth) || len(truth) < 20 {
				t.Fatalf("%d rows exported, %d in the truth", len(rows)-1, len(truth))
			}
			timed := slices.Index(rows[0], *d.Time)
			for i, row := range rows[1:] {
				if row[timed] == "" {
					t.Fatalf("row %d has no %s", i, *d.Time)
				}
				for k, cell := range row {
					told[k] = told[k] || cell != ""
					if cell != truth[i].Values[keys[k]] {
						t.Fatalf("row %d, %s: exported %q, truth %q", i, keys[k], cell, truth[i].Values[keys[k]])
					}
				}
			}
			for k, ok := range told {
				if !ok {
					t.Errorf("%s is null in all %d rows", keys[k], len(rows)-1)
				}
			}
		})
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	export := func(seed uint64) []byte {
		_, c := serve(t, Options{Seed: seed, Now: at(morning), JobTime: instant, Body: GzipBody})
		j := c.enqueued("conversation", morning.Add(-3*day), morning, "standard.conversation_id", "standard.topics")
		_, body := c.downloaded(j.ID)
		return body
	}
	if !bytes.Equal(export(1), export(1)) {
		t.Error("two sandboxes of one seed gave different bytes")
	}
	if bytes.Equal(export(1), export(2)) {
		t.Error("two seeds gave the same bytes")
	}
}

// The truth of a moment is the same when that moment has passed; rows that come
// late are what two moments differ in.
func TestTruthOfAnotherMoment(t *testing.T) {
	clock := morning
	s := New(Options{Now: func() time.Time { return clock }, Epoch: morning.Add(-day), RowsPerDay: 8_000})
	ids := func(rows iter.Seq[Row], before time.Time) map[string]bool {
		all := map[string]bool{}
		for r := range rows {
			if r.Time.Before(before) {
				all[r.Values["standard.conversation_id"]] = true
			}
		}
		return all
	}
	then := ids(s.Truth("conversation"), morning)
	clock = morning.Add(time.Hour)
	if again := ids(s.TruthAt("conversation", morning), morning); !maps.Equal(again, then) {
		t.Errorf("%d rows then, %d when asked for later", len(then), len(again))
	}
	if all := ids(s.Truth("conversation"), morning); len(all) <= len(then) {
		t.Errorf("no row came late: %d then, %d now", len(then), len(all))
	}
}

func TestLateRowsAndLateChanges(t *testing.T) {
	started := morning.Add(-2 * time.Hour)
	clock := started
	_, c := serve(t, Options{
		Now: func() time.Time { return clock }, JobTime: instant, Timezone: "UTC",
		Datasets: []Dataset{{
			ID: "d", TimeAttribute: "at", Attributes: []Attribute{{QualifiedID: "timestamp.at"}, {QualifiedID: "standard.state"}, {ID: "bare"}},
			Rows: []Row{{
				Time: started, Visible: started.Add(10 * time.Minute), Gone: started.Add(20 * day),
				Values:  map[string]string{"standard.state": "Open", "bare": "a,\"b\"\nc"},
				Changes: []Change{{At: started.Add(3 * day), Set: map[string]string{"standard.state": "Closed"}}},
			}},
		}},
	})
	read := func(after time.Duration) [][]string {
		clock = started.Add(after)
		return c.export("d", started, started.Add(time.Second), "standard.state", "standard.bare", "timestamp.at")
	}
	header := []string{"state", "bare", "at"}
	text := "2026-03-11 13:00:00"
	for _, step := range []struct {
		after time.Duration
		want  [][]string
	}{
		{9 * time.Minute, [][]string{header}},
		{10 * time.Minute, [][]string{header, {"Open", "a,\"b\"\nc", text}}},
		{3*day - time.Second, [][]string{header, {"Open", "a,\"b\"\nc", text}}},
		{3 * day, [][]string{header, {"Closed", "a,\"b\"\nc", text}}},
		{20 * day, [][]string{header}},
	} {
		if got := read(step.after); !slices.EqualFunc(got, step.want, slices.Equal) {
			t.Errorf("after %v: got %q, want %q", step.after, got, step.want)
		}
	}
}
