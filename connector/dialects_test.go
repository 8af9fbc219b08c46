package connector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"intercom-connector/sandbox"
)

func TestDialectsExplore(t *testing.T) {
	for _, d := range sandbox.Dialects() {
		t.Run(d.Name, func(t *testing.T) {
			inBubble(t, monday, sandbox.Options{RowsPerDay: 6, Epoch: monday.Add(-12 * day), Contacts: 60, Companies: 12, Dialect: []string{d.Name}}, func(w *world) {
				w.set("dataset_id", "all", "initial_start_time", "2026-02-27")
				err := w.destination.sync(w.connector, w.configuration)
				if err == nil {
					time.Sleep(26 * time.Hour)
					err = w.destination.sync(w.connector, w.configuration)
				}
				if err != nil {
					fmt.Printf("%-26s ERR %.300s\n", d.Name, err)
					return
				}
				var all []string
				for _, id := range builtIn {
					diff := w.differences(id)
					if len(diff) > 0 {
						all = append(all, fmt.Sprintf("%d %.260s", len(diff), diff[0]))
					}
				}
				if len(all) > 0 {
					fmt.Printf("%-26s DIFF %d tables: %s || %.200s\n", d.Name, len(all), all[0], strings.Join(w.destination.warnings, " / "))
				} else {
					fmt.Printf("%-26s ok %.200s\n", d.Name, strings.Join(w.destination.warnings, " / "))
				}
			})
		})
	}
}
