package lambda_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"intercom-connector/operator/lambda"
)

// landed counts the rows of a dataset's published parts.
func landed(t *testing.T, root, dataset string) (rows int) {
	t.Helper()
	for _, p := range publications(t, root) {
		if p.Table != dataset {
			continue
		}
		for _, part := range p.Parts {
			file, err := os.Open(filepath.Join(root, part.Key))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			unpacked, err := gzip.NewReader(file)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(unpacked)
			if err != nil {
				t.Fatal(err)
			}
			rows += bytes.Count(text, []byte("\n"))
		}
	}
	return rows
}

// exportsBriefly is a timeout of which four seconds are the reserve: the first half
// of them cuts off a call that hangs, the other ends the run.
const exportsBriefly = 6 * time.Second

// TestExportsInSeveralInvocations lands the exports over turns that are cut off,
// one of them killed, and comes to what one turn comes to.
func TestExportsInSeveralInvocations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reporting := map[string]string{"OPERATOR_REPORTING": "conversation,tickets", "OPERATOR_ENGAGEMENT": "on", "OPERATOR_LOOKBACK_DAYS": "3", "OPERATOR_RESERVE_SECONDS": "4"}

	whole := t.TempDir()
	reporting["OPERATOR_OUTPUT"] = whole
	once := result(t, w.function(reporting).Call(`{}`, plenty))
	if once.Outcome != lambda.OutcomePublished || once.Tables != 9 || once.ExportDays < 30 {
		t.Errorf("in one turn it came to %+v", once)
	}

	reporting["OPERATOR_OUTPUT"] = w.lake
	const path = "/export/reporting_data/enqueue"
	result(t, w.function(nil).Call(`{}`, plenty)) // the snapshot, whatever time it takes
	f := w.function(reporting)
	w.allow(path, 2)
	first := result(t, f.Call(`{}`, exportsBriefly))
	events := w.handedOver()
	if first.Outcome != lambda.OutcomeHandedOver || len(events) != 1 || events[0] != `{"exports":1}` {
		t.Fatalf("the first turn came to %+v and invoked %q", first, events)
	}
	for len(w.knock) > 0 {
		<-w.knock
	}
	w.allow(path, 1)
	killed := f.Send(events[0], plenty)
	select {
	case <-w.knock: // it has read some, and asks for more
	case a := <-killed.Answer:
		t.Fatalf("the second turn came to %+v: %s", a, f.Output)
	}
	f.Kill()
	w.allow(path, 1<<30)
	f = w.function(reporting)
	last := result(t, f.Call(events[0], plenty))
	if last.Outcome != lambda.OutcomeIdle || last.ExportDays == 0 || len(w.handedOver()) != 0 {
		t.Errorf("the last turn came to %+v", last)
	}
	if out := f.Output.String(); !strings.Contains(out, `"Exported":1`) || strings.Contains(out, token) {
		t.Errorf("the last turn's log: %s", out)
	}
	for _, dataset := range []string{"conversation", "tickets", "message_receipt", "message_event"} {
		if got, want := landed(t, w.lake, dataset), landed(t, whole, dataset); got != want || want == 0 {
			t.Errorf("%s has %d rows over several turns, %d in one", dataset, got, want)
		}
	}
	if v, err := lakeIn(t, w.lake).Days(t.Context(), "conversation"); err != nil || len(v) < 30 {
		t.Errorf("days of conversation: %q, %v", v, err)
	}
}

// TestExportsAreBounded gives exports up for the day that never come to their end,
// and hears of it; the snapshot is published all the same.
func TestExportsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	result(t, w.function(nil).Call(`{}`, plenty))
	f := w.function(map[string]string{"OPERATOR_REPORTING": "conversation", "OPERATOR_TURNS": "1", "OPERATOR_RESERVE_SECONDS": "4"})
	w.allow("/export/reporting_data/enqueue", 0)
	a := f.Call(`{}`, exportsBriefly)
	if a.OK || !strings.Contains(a.Body, "the exports are not done after 1 runs") || len(w.handedOver()) != 0 {
		t.Errorf("the last turn allowed came to %+v", a)
	}
	w.sound(t)
}

// TestExportsThatCannotBeHad leave the snapshot as it is, and fail by name.
func TestExportsThatCannotBeHad(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.function(map[string]string{"OPERATOR_REPORTING": "conversatoin"})
	a := f.Call(`{}`, plenty)
	if a.OK || !strings.Contains(a.Body, `no dataset \"conversatoin\"`) || !strings.Contains(a.Body, "conversation") {
		t.Errorf("a dataset that is not there came to %+v", a)
	}
	w.sound(t)
}
