package lambda_test

import (
	"os/exec"
	"strings"
	"testing"

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
