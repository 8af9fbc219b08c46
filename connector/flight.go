package connector

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"intercom-connector/intercom"
)

// flight is the export job of a window, from the enqueue to its end. Its
// goroutine tells the sync by events; only the sync's goroutine touches it.
type flight struct {
	id     string
	asOf   int64 // the smaller of both clocks at the enqueue
	job    intercom.Job
	took   time.Duration
	landed time.Time // when it was seen to have ended; zero while under way
	err    error
	cancel context.CancelFunc
	// delivering says that its rows are being sent.
	delivering bool
	// adopted says that the job is an earlier sync's: its time is unknown, and
	// it may be gone.
	adopted bool
}

// event is what a flight tells: that its job has an id, or that it ended.
type event struct {
	window *window
	flight *flight
	id     string
	asOf   int64
	job    intercom.Job
	took   time.Duration
	err    error
	ended  bool
}

// launch starts the window's job, or takes up an identical one of the last sync.
func (s *syncRun) launch(ctx context.Context, w *window) {
	ctx, cancel := context.WithCancel(ctx)
	f := &flight{cancel: cancel}
	w.flight = f
	w.attempts++
	if job, ok := s.takeUp(w); ok {
		f.id, f.asOf, f.adopted = job.ID, job.AsOf, true
	}
	export := intercom.Export{
		DatasetID:    w.lane.table.dataset.ID,
		AttributeIDs: w.lane.attributes,
		Start:        time.Unix(w.start, 0),
		End:          time.Unix(w.end, 0),
	}
	id, asOf := f.id, f.asOf
	s.flights.Go(func() {
		defer cancel()
		s.fly(ctx, event{window: w, flight: f, id: id, asOf: asOf}, export)
	})
}

// takeUp finds a job of the last sync that asks for exactly this window.
func (s *syncRun) takeUp(w *window) (savedJob, bool) {
	for i, job := range s.saved {
		if job.Dataset == w.lane.table.dataset.ID && job.Attributes == w.lane.fingerprint && job.Start == w.start && job.End == w.end {
			s.saved = append(s.saved[:i:i], s.saved[i+1:]...)
			return job, true
		}
	}
	return savedJob{}, false
}

// fly enqueues the job unless it has an id, waits for its end, and tells both.
func (s *syncRun) fly(ctx context.Context, e event, export intercom.Export) {
	began := time.Now()
	defer func() {
		if recover() != nil {
			e.err, e.ended = s.connector.bug("export job"), true
			s.tell(ctx, e)
		}
	}()
	if e.id == "" {
		asOf := s.connector.options.Now()
		job, err := s.enqueue(ctx, export)
		if err != nil {
			e.err, e.ended = err, true
			s.tell(ctx, e)
			return
		}
		began = time.Now()
		e.id, e.asOf = job.ID, earliest(asOf, job.ServerTime).Unix()
		s.tell(ctx, e)
	}
	e.job, e.err = s.workspace.client.Await(ctx, e.id, began)
	e.took, e.ended = time.Since(began), true
	s.tell(ctx, e)
}

func (s *syncRun) tell(ctx context.Context, e event) {
	select {
	case s.events <- e:
	case <-ctx.Done():
	}
}

// Five pending jobs are all that a workspace has, and every other integration
// draws on them too.
const (
	slotWait    = time.Hour
	firstWait   = 2 * time.Second
	longestWait = 30 * time.Second
)

// enqueue waits while all of the workspace's export slots are taken, up to an
// hour.
func (s *syncRun) enqueue(ctx context.Context, export intercom.Export) (intercom.Job, error) {
	began, wait := time.Now(), firstWait
	for {
		job, err := s.workspace.client.Enqueue(ctx, export)
		api, ok := errors.AsType[*intercom.Error](err)
		if !ok || !api.JobLimit() || time.Since(began) >= slotWait {
			return job, err
		}
		if wait == firstWait || wait == longestWait {
			s.log.Info("waiting for a free export slot: the workspace has five, shared with every other integration",
				"dataset", export.DatasetID, "waited", time.Since(began).Round(time.Second))
		}
		pause := max(wait/2+rand.N(wait/2), api.Wait)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return job, context.Cause(ctx)
		}
		wait = min(2*wait, longestWait)
	}
}
