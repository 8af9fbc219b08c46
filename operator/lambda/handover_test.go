package lambda_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/storetest"
	"intercom-connector/operator/lambda"
)

// allow lets so many pages of a list through, from now on.
func (w *world) allow(path string, pages int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = map[string]int{path: pages}
}

// TestAStageInSeveralInvocations reads a list by a page in each of two turns and
// the rest in a third.
func TestAStageInSeveralInvocations(t *testing.T) {
	t.Parallel()
	for path, pattern := range map[string]string{"/contacts": "GET /contacts", "/contacts/search": "POST /contacts/search"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			f := w.function(nil)
			event := `{}`
			for turn := 1; turn <= 2; turn++ {
				w.allow(path, 1)
				r := result(t, f.Call(event, briefly))
				events := w.handedOver()
				if r.Outcome != lambda.OutcomeHandedOver || r.Turns != turn || len(events) != 1 {
					t.Fatalf("turn %d came to %+v and invoked %q", turn, r, events)
				}
				event = events[0]
			}
			served := w.Stats().Calls[pattern]
			w.allow(path, 1<<30)
			last := result(t, f.Call(event, plenty))
			if last.Outcome != lambda.OutcomePublished || last.Turns != 3 || last.Tables != 9 || !last.Complete {
				t.Errorf("the last turn came to %+v", last)
			}
			all := w.Stats().Calls[pattern]
			w.sound(t)
			if whole := w.Stats().Calls[pattern] - all; served != 2 || all != whole {
				t.Errorf("two turns took %d pages, all three took %d, a walk in one takes %d", served, all, whole)
			}
			if late := result(t, f.Call(event, plenty)); late.Outcome != lambda.OutcomeIdle {
				t.Errorf("the hand-over, late, came to %+v", late)
			}
		})
	}
}

// TestAHandOverInS3 does the same in S3.
func TestAHandOverInS3(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s3 := "http://" + storetest.Serve(t)
	f := w.function(map[string]string{"OPERATOR_OUTPUT": "s3://lake/of/intercom", "AWS_ENDPOINT_URL_S3": s3, "OPERATOR_TURNS": "2"})
	w.allow("/contacts", 1) // of three
	if first := result(t, f.Call(`{}`, briefly)); first.Outcome != lambda.OutcomeHandedOver {
		t.Fatalf("the first turn came to %+v", first)
	}
	w.allow("/contacts", 1<<30)
	for _, event := range w.handedOver() {
		if second := result(t, f.Call(event, plenty)); second.Outcome != lambda.OutcomePublished || second.Tables != 9 || !second.Complete {
			t.Errorf("the second turn came to %+v", second)
		}
	}
	if late := result(t, f.Call(`{}`, plenty)); late.Outcome != lambda.OutcomeIdle {
		t.Errorf("the event once more came to %+v", late)
	}
	check := exec.Command(builtProgram(t), "verify", "--output", "s3://lake/of/intercom")
	check.Env = append(awsEnvironment(), "AWS_ENDPOINT_URL_S3="+s3)
	out, err := check.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "9 tables") || strings.Contains(string(out), "unpublished") {
		t.Errorf("verify: %v: %s", err, out)
	}
}

// TestWhatIsNotProvenGoesBeforeExports: while these go on over many invocations, what is
// not proven of today is read again, now and then. The exports' count goes on, and an event
// that cannot have the lake for it comes again.
func TestWhatIsNotProvenGoesBeforeExports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.function(map[string]string{"OPERATOR_TABLES": "contact", "OPERATOR_REPORTING": "call", "OPERATOR_LOOKBACK_DAYS": "1", "OPERATOR_LOCK_WAIT_SECONDS": "0"})
	first := result(t, f.Call(`{}`, plenty))
	doubted := publications(t, w.lake)[slices.IndexFunc(publications(t, w.lake), func(p lake.Publication) bool { return p.Table == "contact" })]
	doubted.Complete = false
	run, err := lakeIn(t, w.lake).Begin(t.Context(), []string{"call"}, first.Day, first.Day)
	if err != nil {
		t.Fatal(err)
	}
	if a := result(t, f.Call(`{}`, plenty)); a.Outcome != lambda.OutcomeBusy {
		t.Errorf("the exports of a whole day were disturbed: %+v", a)
	}
	text, err := json.Marshal(doubted)
	if err == nil {
		err = os.WriteFile(filepath.Join(w.lake, doubted.Key()), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if a := f.Call(`{}`, plenty); a.OK || !strings.Contains(a.Body, "has to wait") {
		t.Errorf("a day that is not proven, and exports at work: %+v", a)
	}
	if a := result(t, f.Call(`{"exports":1}`, plenty)); a.Outcome != lambda.OutcomeBusy {
		t.Errorf("a hand-over beside other exports came to %+v", a)
	}
	if err := run.Abandon(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := result(t, f.Call(`{"exports":1}`, plenty)); a.Outcome != lambda.OutcomeIdle || a.Complete {
		t.Errorf("the first hand-over came to %+v", a)
	}
	w.allow("/contacts", 1) // of three
	left := result(t, f.Call(`{"exports":8}`, briefly))
	events := w.handedOver()
	if want := `{"day":"` + first.Day + `","exports":8}`; left.Outcome != lambda.OutcomeHandedOver || len(events) != 1 || events[0] != want {
		t.Fatalf("the eighth hand-over came to %+v and invoked %q", left, events)
	}
	w.allow("/contacts", 1<<30)
	if a := result(t, f.Call(events[0], plenty)); a.Outcome != lambda.OutcomePublished || !a.Complete {
		t.Errorf("the one after it came to %+v", a)
	}
}
