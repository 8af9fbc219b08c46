package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// A conversation appears open, and is later seen closed and rated.
func TestExportsOfOneConversation(t *testing.T) {
	clock := morning
	s := New(Options{Now: func() time.Time { return clock }, Epoch: morning, RowsPerDay: 300})
	states := func(after int) map[string]int {
		clock = morning.AddDate(0, 0, after)
		all := map[string]int{}
		for r := range s.Truth("conversation") {
			if r.Time.Before(morning.AddDate(0, 0, 1)) {
				all[r.Values["standard.current_conversation_state"]]++
				if r.Values["standard.last_teammate_rating"] != "" {
					all["rated"]++
				}
			}
		}
		return all
	}
	first, second, last := states(1), states(4), states(40)
	if first["Open"] <= second["Open"] || second["Open"] <= last["Open"] || first["rated"] >= second["rated"] || second["rated"] >= last["rated"] {
		t.Errorf("the first day's conversations after one day %v, after four %v, after forty %v", first, second, last)
	}
}

// Row ids are unique; keys without one repeat now and then.
func TestKeys(t *testing.T) {
	s := New(Options{Now: at(morning), Epoch: morning.Add(-30 * day), RowsPerDay: 150, Timezone: "UTC"})
	for dataset, key := range map[string]string{
		"conversation":                   "standard.conversation_id",
		"consolidated_conversation_part": "standard.action_id",
		"conversation_rating_sent":       "conversation-rating-sent.conversation_rating_id",
		"tickets":                        "standard.ticket_id",
		"call":                           "call.call_id",
		"copilot_prompt_response_pair":   "standard.prompt_id",
	} {
		if rows, repeated := s.repeats(dataset, key); rows == 0 || repeated != 0 {
			t.Errorf("%s: %d of %d rows repeat the row id %s", dataset, repeated, rows, key)
		}
	}
	for dataset, key := range map[string]string{
		"conversation_sla_status_log":    "standard.conversation_id standard.sla_metric_type timestamp.sla_started_at",
		"teammate_handling_conversation": "standard.conversation_id timestamp.conversation_started_at teammate.handling_teammate_id",
		"ticket_time_in_state":           "standard.conversation_id timestamp.ticket_created_at standard.ticket_time_in_custom_state",
		"admin_status_change":            "teammate.teammate_status_id timestamp.teammate_status_period_started_at",
		"call_teammate_stats":            "call.call_id timestamp.call_initiated_at",
	} {
		if rows, repeated := s.repeats(dataset, strings.Fields(key)...); repeated == 0 || repeated > rows*2/3 {
			t.Errorf("%s: %d of %d rows repeat the key %s, want some", dataset, repeated, rows, key)
		}
	}
}

func (s *Sandbox) repeats(dataset string, key ...string) (rows, repeated int) {
	seen := map[string]bool{}
	for r := range s.Truth(dataset) {
		var values []string
		for _, k := range key {
			values = append(values, r.Values[k])
		}
		rows++
		if id := fmt.Sprintf("%q", values); seen[id] {
			repeated++
		} else {
			seen[id] = true
		}
	}
	return rows, repeated
}

func TestLanguage(t *testing.T) {
	s := New(Options{Now: at(morning), Epoch: morning.Add(-10 * day), Language: "es"})
	seen := map[string]bool{}
	for r := range s.Truth("conversation_sla_status_log") {
		seen[r.Values["standard.sla_state"]] = true
	}
	var got []string
	for state := range seen {
		got = append(got, state)
	}
	slices.Sort(got)
	if want := []string{"Activo", "Fallado", "Toque"}; !slices.Equal(got, want) {
		t.Errorf("SLA states in Spanish: got %q, want %q", got, want)
	}
}
