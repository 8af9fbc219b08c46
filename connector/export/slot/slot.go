// Package slot waits for one of the few export jobs that a workspace has at a time:
// five of the reporting export, one of messages. All integrations of the workspace
// draw on them, and a job of another may take its time.
package slot

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/intercom/transport"
)

const (
	longest   = time.Hour
	firstWait = 2 * time.Second
	lastWait  = 30 * time.Second
)

// Wait asks for a job until a slot is free, up to an hour. It tells of the first
// wait and about every half minute. asked is the time of the clock when the job was
// asked for last.
func Wait(ctx context.Context, clock func() time.Time, enqueue func(context.Context) (intercom.Job, error), waits func(waited time.Duration)) (job intercom.Job, asked time.Time, err error) {
	began, wait := time.Now(), firstWait
	for {
		asked = clock()
		job, err = enqueue(ctx)
		api, ok := errors.AsType[*intercom.Error](err)
		if !ok || !api.JobLimit() || time.Since(began) >= longest {
			return job, asked, err
		}
		if wait == firstWait || wait == lastWait {
			waits(time.Since(began).Round(time.Second))
		}
		if err := transport.Sleep(ctx, max(wait/2+rand.N(wait/2), api.Wait)); err != nil {
			return job, asked, err
		}
		wait = min(2*wait, lastWait)
	}
}
