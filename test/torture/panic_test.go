package torture

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

// TestPanics: a bug in any part of a sync ends that sync with an id that the
// log has beside the stack, and no other sync on the same server.
func TestPanics(t *testing.T) {
	id := regexp.MustCompile(`the log has it under id ([A-Z0-9]{8})`)
	for _, fault := range []faults.Fault{panicCall, panicBody} {
		for _, at := range kinds {
			options := sandbox.Options{
				Timezone: "UTC", Datasets: []sandbox.Dataset{wide(2_003)},
				JobTime: func(string, int, time.Duration) time.Duration { return time.Second },
			}
			inBubble(t, monday, options, nil, func(w *world) {
				w.set("dataset_id", "call", "window_seconds", "86400", "lookback_days", "0", "initial_start_time", monday.Add(-day).Format(time.RFC3339))
				client, stop := w.serve()
				defer stop()
				w.saboteur.sabotage(func(k kind, _ int) faults.Fault {
					if k == at {
						w.saboteur.spoil = nil // no other call
						return fault
					}
					return ""
				})
				victim, err := client.Update(context.Background(), &sdk.UpdateRequest{Configuration: w.configuration})
				if err != nil {
					w.t.Fatal(err)
				}
				err = ended(victim)
				found := id.FindStringSubmatch(status.Convert(err).Message())
				switch {
				case status.Code(err) != codes.Internal || found == nil:
					w.t.Errorf("%s at %s: %v", fault, at, err)
				case !strings.Contains(w.log.String(), `"id":"`+found[1]+`"`) || !strings.Contains(w.log.String(), "saboteur_test.go"):
					w.t.Errorf("%s at %s: the log lacks the id or the stack", fault, at)
				}
				other, err := client.Update(context.Background(), &sdk.UpdateRequest{Configuration: w.configuration})
				if err == nil {
					err = ended(other)
				}
				if err != nil {
					w.t.Errorf("%s at %s: the next sync on the same server: %v", fault, at, err)
				}
				for _, wrong := range w.secrets() {
					w.t.Errorf("%s at %s: %s", fault, at, wrong)
				}
			})
		}
	}
}

// ended reads a stream to its end; nil is a good one.
func ended(stream interface {
	Recv() (*sdk.UpdateResponse, error)
},
) error {
	for {
		if _, err := stream.Recv(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
