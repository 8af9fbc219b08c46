package connector

import (
	"fmt"
	"testing"
	"time"

	"intercom-connector/connector/export/engagement"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// without selects everything but some tables.
func without(tables ...string) *sdk.Selection {
	s := &sdk.TablesWithNoSchema{IncludeNewTables: true}
	for _, name := range tables {
		s.Tables = append(s.Tables, &sdk.TableSelection{TableName: name})
	}
	return &sdk.Selection{Selection: &sdk.Selection_WithoutSchema{WithoutSchema: s}}
}

// hasEvents holds the events to those that happened up to a time, within 30 days of
// the sending of a message since the start.
func (w *world) hasEvents(until time.Time) {
	w.t.Helper()
	missing := 0
	for r := range w.sandbox.TruthReceipts() {
		for _, e := range r.Events {
			_, there := w.destination.tables["message_event"][fmt.Sprint(r.ID, "|", e.Name, "|", e.At.UTC().Format(time.RFC3339Nano), "|0")]
			if must := !r.Sent.Before(w.floorOf()) && !e.At.After(r.Sent.Add(30*day)) && !e.At.After(until); must && !there {
				missing++
			}
		}
	}
	if missing > 0 || len(w.destination.tables["message_event"]) == 0 {
		w.t.Errorf("%d events are missing, %d there", missing, len(w.destination.tables["message_event"]))
	}
}

// Where receipts are not selected, it still shows that a job has given as many of
// them as it does at the most: events of the others are not lost.
func TestEngagementBeyondTheLimitWithoutReceipts(t *testing.T) {
	inMailing(t, func(o *sandbox.Options) { openings(o); o.MessageLimit = 301 }, func(w *world) {
		w.connector.options.mostMessages = 301
		if err := w.destination.syncSelected(w.connector, w.configuration, without(engagement.ReceiptTable)); err != nil {
			t.Fatal(err)
		}
		if n := len(w.destination.tables["message_receipt"]); n > 0 {
			t.Errorf("%d receipts, which are not selected", n)
		}
		w.hasEvents(monday.Add(-time.Hour))
	})
}

// A table that is selected after months has what was told meanwhile, and of a
// connection that never had it all since the start.
func TestEngagementTablesSelectedLater(t *testing.T) {
	for name, first := range map[string]*sdk.Selection{"never selected": without(engagement.EventTable), "deselected": nil} {
		t.Run(name, func(t *testing.T) {
			inMailing(t, openings, func(w *world) {
				selections := []*sdk.Selection{first, without(engagement.EventTable), without(engagement.EventTable), nil}
				for _, selection := range selections {
					if err := w.destination.syncSelected(w.connector, w.configuration, selection); err != nil {
						t.Fatal(err)
					}
					time.Sleep(35 * day)
				}
				w.hasEvents(monday.Add(105*day - time.Hour))
			})
		})
	}
}
