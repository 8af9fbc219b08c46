package operator

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"testing"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/sandbox"
)

// TestWhatIsNotProvenIsNotComplete reads a list of contacts that Intercom says are
// ninety, and gives one of; whose tags are more than the page shows, and come twice.
func TestWhatIsNotProvenIsNotComplete(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 4})
	address, closeBox, err := w.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closeBox()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	workspace := httputil.NewSingleHostReverseProxy(to)
	odd := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/contacts":
			fmt.Fprint(answer, `{"type":"list","total_count":90,"pages":{"type":"pages","page":1,"per_page":150,"total_pages":1},
				"data":[{"type":"contact","id":"p1","role":"user","tags":{"type":"list","data":[{"id":"t1"},{"id":"t1"}],"has_more":true}}]}`)
		case "/contacts/p1/tags":
			fmt.Fprint(answer, `{"type":"list","data":[{"type":"tag","id":"t1"},{"type":"tag","id":"t2"},{"type":"tag","id":"t2"}]}`)
		default:
			workspace.ServeHTTP(answer, r)
		}
	}))
	defer odd.Close()
	w.client.CloseIdleConnections()
	if w.client, err = intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: odd.URL}); err != nil {
		t.Fatal(err)
	}
	var incomplete []string
	for _, p := range w.snapshot(t, Snapshot{}) {
		if !p.Complete {
			incomplete = append(incomplete, p.Table)
		}
	}
	if want := []string{"contact", "contact_tag", "membership_snapshot"}; !slices.Equal(incomplete, want) {
		t.Errorf("not complete are %v, not %v", incomplete, want)
	}
	if got := values(w.read(t, "contact_tag", "2026-03-31"), "contact_id", "tag_id"); !slices.Equal(got, []string{"p1 t1", "p1 t2"}) {
		t.Errorf("tags: %q", got)
	}
}

// TestUnprovenSegments are named where they are all that a table lacks.
func TestUnprovenSegments(t *testing.T) {
	for name, tt := range map[string]struct {
		lists    []string
		complete bool
		segments []string
	}{
		"all are proven":  {nil, true, nil},
		"two, one twice":  {[]string{"segment s2", "segment s1", "segment s2"}, false, []string{"s1", "s2"}},
		"another as well": {[]string{"segment s2", "contacts"}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var unprovenLists []membership.Proof
			for _, list := range tt.lists {
				unprovenLists = append(unprovenLists, membership.Proof{List: list})
			}
			s := membership.State{Done: map[membership.Stage]membership.Result{}}
			for _, stage := range membership.Stages() {
				if slices.Contains(stage.Tables(), "contact_segment") {
					s.Done[stage] = membership.Result{Unproven: unprovenLists}
				} else {
					s.Done[stage] = membership.Result{}
				}
			}
			if got := complete(s, "contact_segment"); got != tt.complete {
				t.Errorf("complete: %t", got)
			}
			if got := unproven(s, "contact_segment"); !slices.Equal(got, tt.segments) {
				t.Errorf("unproven: %q", got)
			}
		})
	}
}
