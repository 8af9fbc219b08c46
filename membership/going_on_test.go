package membership_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/sandbox"
)

// refusing answers calls that carry a cursor with a status, once it is told to.
type refusing struct {
	http.RoundTripper
	status atomic.Int32
}

func (r *refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body) // a body in memory
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	status := int(r.status.Load())
	if status == 0 || !req.URL.Query().Has("starting_after") && !bytes.Contains(body, []byte("starting_after")) {
		return r.RoundTripper.RoundTrip(req)
	}
	r.status.Store(0)
	const text = `{"type":"error.list","errors":[{"code":"parameter_invalid","message":"starting_after is not valid"}]}`
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: req}, nil
}

// TestRefusedCursor goes on where Intercom does not know a cursor any more.
func TestRefusedCursor(t *testing.T) {
	for status, anew := range map[int32]bool{400: true, 404: true, 422: true, 403: false} {
		for _, stage := range []membership.Stage{membership.Contacts, membership.ContactSegments} {
			t.Run(fmt.Sprint(status, stage), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					box := sandbox.New(sandbox.Options{Seed: 3, Contacts: 480, Companies: 30, Segments: 3, Tags: 5, Latency: 100 * time.Millisecond})
					transport, closeBox := box.InMemory()
					defer closeBox()
					spoilt := &refusing{RoundTripper: transport}
					client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: "http://localhost", Transport: spoilt})
					if err != nil {
						t.Fatal(err)
					}
					l, j := &lake{}, &journal{}
					cfg := membership.Config{Client: client, Log: j.log(), Parallel: 1}
					w := membership.New(cfg, membership.Begin(time.Now(), time.UTC))
					if err := w.Run(t.Context(), membership.Segments, l.row); err != nil {
						t.Fatal(err)
					}
					long := 250 * time.Millisecond
					if stage == membership.ContactSegments { // which begins by counting the segments
						long += 100 * time.Millisecond
					}
					cfg.Until, cfg.ReadBack = time.Now().Add(long), l.handed
					w = membership.New(cfg, w.State())
					if err := w.Run(t.Context(), stage, l.row); !errors.Is(err, membership.ErrOver) {
						t.Fatal(err)
					}
					spoilt.status.Store(status)
					cfg.Until = time.Time{}
					w = membership.New(cfg, stored(t, w.State()))
					err = w.Run(t.Context(), stage, l.row)
					if (err == nil) != anew || strings.Contains(j.String(), "reading it anew") != anew {
						t.Fatalf("%v; the log:\n%s", err, j)
					}
					if !anew {
						return
					}
					for _, left := range membership.Stages() {
						if left != membership.Segments && left != stage {
							if err := w.Run(t.Context(), left, l.row); err != nil {
								t.Fatal(err)
							}
						}
					}
					compare(t, l, box)
					if !w.State().Complete() {
						t.Errorf("not proven complete: %+v", w.State().Done)
					}
				})
			})
		}
	}
}

// TestGoingOnNeedsWhatWasHandedOut goes on without the rows, without some, and
// with a receiver that fails at the end of the walk's time.
func TestGoingOnNeedsWhatWasHandedOut(t *testing.T) {
	o := sandbox.Options{Seed: 3, Contacts: 900, Companies: -1, Segments: -1, Latency: 100 * time.Millisecond}
	inBubble(t, o, func(t *testing.T, _ *sandbox.Sandbox, client *intercom.Client) {
		l := &lake{}
		cfg := membership.Config{Client: client, Until: time.Now().Add(250 * time.Millisecond)}
		w := membership.New(cfg, membership.Begin(time.Now(), time.UTC))
		if err := w.Run(t.Context(), membership.Contacts, l.row); !errors.Is(err, membership.ErrOver) {
			t.Fatal(err)
		}
		left, cfg := w.State(), membership.Config{Client: client}
		if err := membership.New(cfg, left).Run(t.Context(), membership.Contacts, l.row); err == nil || !strings.Contains(err.Error(), "contacts") || !strings.Contains(err.Error(), "cannot go on") {
			t.Errorf("without the rows: %v", err)
		}
		for id := range l.tables["contact"] {
			delete(l.tables["contact"], id)
			break
		}
		cfg.ReadBack = l.handed
		if err := membership.New(cfg, left).Run(t.Context(), membership.Contacts, l.row); err == nil || !strings.Contains(err.Error(), `"contacts" had met 150 when it was left, and 149 came back`) {
			t.Errorf("without one row: %v", err)
		}
		full := errors.New("the disk is full")
		cfg = membership.Config{Client: client, Until: time.Now().Add(150 * time.Millisecond)}
		w = membership.New(cfg, membership.Begin(time.Now(), time.UTC))
		err := w.Run(t.Context(), membership.Contacts, func(tables.Row) error {
			time.Sleep(time.Second) // of the bubble
			return full
		})
		if !errors.Is(err, full) || len(w.State().Places) > 0 {
			t.Errorf("a receiver that fails when the walk is over: %v, %v", err, w.State().Places)
		}
	})
}

// TestGoingOnTakesTheIDsOnly bounds what going on allocates: some bytes for
// each id.
func TestGoingOnTakesTheIDsOnly(t *testing.T) {
	const ids = 200_000
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"data":[],"total_count":%d,"pages":{}}`, ids)
	}))
	defer server.Close()
	client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	all := make([]string, ids)
	for i := range all {
		all[i] = fmt.Sprintf("%024x", i)
	}
	s := begin()
	s.Places = map[membership.Stage]membership.Place{membership.Contacts: {
		Rows: map[string]int64{"contact": ids},
		Lists: []membership.ListPlace{{
			Proof:  membership.Proof{List: "contacts", Walked: ids, Before: ids, After: ids},
			Cursor: "there", Readings: 1, Pages: ids / 150,
		}},
	}}
	w := membership.New(membership.Config{Client: client, ReadBack: func(context.Context, string) iter.Seq2[[]string, error] {
		return func(yield func([]string, error) bool) {
			key := make([]string, 1)
			for _, key[0] = range all {
				if !yield(key, nil) {
					return
				}
			}
		}
	}}, s)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = w.Run(t.Context(), membership.Contacts, func(tables.Row) error { return nil })
	runtime.ReadMemStats(&after)
	if err != nil || !w.State().Complete() {
		t.Fatalf("%v, %+v", err, w.State())
	}
	each := float64(after.TotalAlloc-before.TotalAlloc) / ids
	t.Logf("%.1f bytes for each id", each)
	if each > 40 {
		t.Errorf("%.1f bytes for each id", each)
	}
}

// latecomer keeps a segment out of the lists of them, as one that was lost, until it is told to.
type latecomer struct {
	http.RoundTripper
	listed atomic.Bool
}

func (l *latecomer) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	if err != nil || r.URL.Path != "/segments" || l.listed.Load() {
		return answer, err
	}
	var list struct {
		Segments []json.RawMessage `json:"segments"`
	}
	if err := errors.Join(json.NewDecoder(answer.Body).Decode(&list), answer.Body.Close()); err != nil {
		return nil, err
	}
	less, err := json.Marshal(map[string]any{"segments": list.Segments[1:], "total_count": len(list.Segments)})
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(less)), int64(len(less))
	return answer, err
}

// TestSegmentsMadeBetweenTurns: which segments there were when the search of their members
// began, and that not all of them were listed, goes from turn to turn.
func TestSegmentsMadeBetweenTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := sandbox.New(sandbox.Options{Seed: 3, Contacts: 900, Companies: -1, Segments: 4, Latency: 100 * time.Millisecond, HideCompanySegments: true})
		transport, closeBox := box.InMemory()
		defer closeBox()
		late := &latecomer{RoundTripper: transport}
		client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: "http://localhost", Transport: late})
		if err != nil {
			t.Fatal(err)
		}
		l := &lake{}
		first := membership.New(membership.Config{Client: client, Until: time.Now().Add(550 * time.Millisecond)}, membership.Begin(time.Now(), time.UTC))
		if err := first.Run(t.Context(), membership.ContactSegments, l.row); !errors.Is(err, membership.ErrOver) || len(first.State().Places) == 0 {
			t.Fatalf("%v, and the places are %v", err, first.State().Places)
		}
		late.listed.Store(true)
		second := membership.New(membership.Config{Client: client, ReadBack: l.handed}, stored(t, first.State()))
		for _, stage := range []membership.Stage{membership.ContactSegments, membership.Segments} {
			if err := second.Run(t.Context(), stage, l.row); err != nil {
				t.Fatal(err)
			}
		}
		searched := map[string]bool{}
		for key := range l.tables[tables.ContactSegment] {
			searched[strings.Fields(key)[1]] = true
		}
		if len(searched) == 0 || len(l.tables[tables.Segment]) != len(searched) {
			t.Errorf("%d segments are listed and %d were searched", len(l.tables[tables.Segment]), len(searched))
		}
		if unproven := second.State().Done[membership.ContactSegments].Unproven; len(unproven) != 1 || unproven[0].List != "segments" {
			t.Errorf("unproven are %v", unproven)
		}
	})
}
