package torture

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/connector"
	"intercom-connector/intercom"
	"intercom-connector/sandbox"
)

// token has what a careless encoder would change, so that each of its forms is
// looked for.
const token = `dG9rOnNlY3JldA+/=="<tok&n>`

var monday = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// world is a workspace and a connector that reach each other in memory, in a
// bubble of synctest: time stands still until everyone waits, and a goroutine
// that is left behind fails the test.
type world struct {
	t           *testing.T
	sandbox     *sandbox.Sandbox
	saboteur    *saboteur
	connector   *connector.Connector
	options     connector.Options
	destination *destination
	log         *logged

	configuration map[string]string
}

// inBubble runs a test in a world of its own, which begins at that moment.
// answer, when it is not nil, stands before the workspace.
func inBubble(t *testing.T, begin time.Time, options sandbox.Options, answer func(http.Handler) http.Handler, test func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(begin))
		options.Token = token
		if options.Contacts == 0 {
			options.Contacts, options.Companies, options.Segments, options.Tags = -1, -1, -1, -1
		}
		workspace := sandbox.New(options)
		var handler http.Handler = workspace
		if answer != nil {
			handler = answer(workspace)
		}
		listener := newPipes()
		server := &http.Server{Handler: handler, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = server.Serve(listener)
		}()
		s := newSaboteur(listener.dial)
		log := &logged{}
		w := &world{
			t: t, sandbox: workspace, saboteur: s, log: log, destination: newDestination(t),
			options: connector.Options{
				AllowBaseURL: true,
				Transport:    s,
				Log:          slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			},
			configuration: map[string]string{"access_token": token, "base_url": "http://localhost"},
		}
		w.connector = connector.New(w.options)
		defer func() {
			s.close()
			workspace.Close()
			_ = server.Close()
			<-done
		}()
		test(w)
	})
}

// timeouts changes the deadlines of the connector.
func (w *world) timeouts(t intercom.Timeouts) {
	w.options.Timeouts = t
	w.connector = connector.New(w.options)
}

// set changes the configuration.
func (w *world) set(pairs ...string) *world {
	for i := 0; i+1 < len(pairs); i += 2 {
		w.configuration[pairs[i]] = pairs[i+1]
	}
	return w
}

// sync runs one sync to its end.
func (w *world) sync() error {
	return w.destination.sync(context.Background(), w.connector, w.configuration)
}

// logged keeps what was logged.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// quiet makes two datasets, one with a row id and one without, whose rows never
// change: an hour apart, from a day before begin to two days after.
func quiet(begin time.Time) []sandbox.Dataset {
	call := sandbox.Dataset{
		ID: "call", TimeAttribute: "call_initiated_at",
		Attributes: []sandbox.Attribute{
			{QualifiedID: "call.call_id"}, {QualifiedID: "timestamp.call_initiated_at"}, {QualifiedID: "call.call_state"},
		},
	}
	state := sandbox.Dataset{
		ID: "conversation_state", TimeAttribute: "conversation_state_started_at",
		Attributes: []sandbox.Attribute{
			{QualifiedID: "standard.conversation_id"}, {QualifiedID: "timestamp.conversation_state_started_at"}, {QualifiedID: "standard.conversation_state"},
		},
	}
	for i := range 72 {
		at := begin.Add(-day + time.Duration(i)*time.Hour + 7*time.Minute)
		call.Rows = append(call.Rows, sandbox.Row{Time: at, Values: map[string]string{
			"call.call_id": fmt.Sprintf("c%04d", i), "call.call_state": "Completed, \"well\"",
		}})
		for twin := range 1 + i%2 {
			state.Rows = append(state.Rows, sandbox.Row{Time: at, Values: map[string]string{
				"standard.conversation_id": fmt.Sprint(100 + i%5), "standard.conversation_state": fmt.Sprint("state", twin),
			}})
		}
	}
	return []sandbox.Dataset{call, state}
}
