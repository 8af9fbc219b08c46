package export

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"intercom-connector/intercom"
)

// Five pending jobs are all that a workspace has, and every other integration
// draws on them too. A run takes as many of them as the configuration allows,
// and never more: a job holds its slot until it has ended in Intercom, even when
// nobody wants its rows any more, since Intercom cannot cancel it.
type slots struct {
	limit, taken int
}

func (s *slots) free() bool { return s.taken < s.limit }

const (
	slotWait    = time.Hour
	firstWait   = 2 * time.Second
	longestWait = 30 * time.Second
)

// enqueue waits while all of the workspace's export slots are taken, up to an
// hour. The time is our clock's when the job was asked for at last.
func (r *Run) enqueue(ctx context.Context, export intercom.Export) (job intercom.Job, asked time.Time, err error) {
	began, wait := time.Now(), firstWait
	for {
		asked = r.config.Clock()
		job, err = r.config.Client.Enqueue(ctx, export)
		api, ok := errors.AsType[*intercom.Error](err)
		if !ok || !api.JobLimit() || time.Since(began) >= slotWait {
			return job, asked, err
		}
		if wait == firstWait || wait == longestWait {
			r.config.Log.Info("waiting for a free export slot: the workspace has five, shared with every other integration",
				"dataset", export.DatasetID, "waited", time.Since(began).Round(time.Second))
			r.observe().SlotWait(export.DatasetID)
		}
		pause := max(wait/2+rand.N(wait/2), api.Wait)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return job, asked, context.Cause(ctx)
		}
		wait = min(2*wait, longestWait)
	}
}
