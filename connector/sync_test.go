package connector

import (
	"testing"
	"time"

	"intercom-connector/connector/export/dataset"
	"intercom-connector/sandbox"
)

var monday = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

// builtIn are the datasets of the sandbox: those of the catalogue.
var builtIn = dataset.IDs()

func TestFirstSyncLandsTheTruth(t *testing.T) {
	inBubble(t, monday, sandbox.Options{RowsPerDay: 15}, func(w *world) {
		w.set("dataset_id", "all", "initial_start_time", monday.AddDate(0, 0, -firstDays).Format(time.DateOnly))
		d := w.sync()
		for _, id := range builtIn {
			w.equalsTruth(id)
			if len(d.tables[id]) == 0 {
				t.Errorf("%s is empty", id)
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
