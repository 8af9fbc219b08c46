package membership

import (
	"net/http"
	"testing"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership/tables"
)

type panics struct{}

func (panics) RoundTrip(*http.Request) (*http.Response, error) { panic("a bug in a transport") }

// A panic in a goroutine of the walk reaches the goroutine that called Run,
// where a server recovers it; it does not end the process.
func TestPanicsReachTheCaller(t *testing.T) {
	client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: "http://127.0.0.1", Transport: panics{}})
	if err != nil {
		t.Fatal(err)
	}
	begun := Begin(time.Unix(0, 0), time.UTC)
	begun.Counted = []Count{{Segment: "s", Of: "user", Members: 3}}
	begun.Done = map[Stage]Result{Segments: {}}
	for _, stage := range []Stage{Contacts, ContactSegments, Companies} {
		t.Run(string(stage), func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			_ = New(Config{Client: client}, begun).Run(t.Context(), stage, func(tables.Row) error { return nil })
		})
	}
}
