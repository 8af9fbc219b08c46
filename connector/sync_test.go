package connector

import (
	"testing"
	"time"

	"intercom-connector/sandbox"
)

var monday = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

var builtIn = []string{
	"conversation", "consolidated_conversation_part", "conversation_rating_sent",
	"conversation_sla_status_log", "conversation_state", "teammate_handling_conversation",
	"ticket_time_in_state", "tickets", "admin_status_change", "call", "call_team_stats",
	"call_teammate_stats", "copilot_prompt_response_pair",
}

func TestFirstSyncLandsTheTruth(t *testing.T) {
	inBubble(t, monday, sandbox.Options{RowsPerDay: 15}, func(w *world) {
		w.set("dataset_id", "all", "initial_start_time", "2025-12-01")
		d := w.sync()
		for _, dataset := range builtIn {
			w.equalsTruth(dataset)
			if len(d.tables[dataset]) == 0 {
				t.Errorf("%s is empty", dataset)
			}
		}
		if len(d.warnings) > 0 {
			t.Errorf("warnings: %q", d.warnings)
		}
	})
}

const day = 24 * time.Hour

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}
