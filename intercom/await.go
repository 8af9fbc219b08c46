package intercom

import (
	"context"
	"errors"
	"time"
)

// A job that was enqueued less than this ago may be unknown to the endpoint
// that tells its status; later, unknown means gone.
const jobAppears = time.Minute

// Await polls a job until it has a result (its status is Done or Empty). The
// time between two looks is a tenth of the job's age, from 200 ms to 15 s. A
// job that fails, vanishes, or is older than Timeouts.Job without an end is a
// *JobError; it is looked at once at least, whatever its age. A zero enqueued
// means now.
func (c *Client) Await(ctx context.Context, id string, enqueued time.Time) (Job, error) {
	if now := time.Now(); enqueued.IsZero() || enqueued.After(now) {
		enqueued = now
	}
	k := &call{op: "await export job"}
	if time.Since(enqueued) < minPoll {
		if err := sleep(ctx, minPoll); err != nil {
			return Job{}, c.failed(k, err)
		}
	}
	for {
		job, err := c.Job(ctx, id)
		age := time.Since(enqueued)
		var e *Error
		switch {
		case errors.As(err, &e) && e.NotFound() && age < jobAppears:
			job = Job{ID: id, Status: "pending"}
		case e != nil && e.NotFound():
			return Job{}, &JobError{ID: c.printable(id), Status: Vanished, After: age, Err: err}
		case err != nil:
			return Job{}, err
		case job.Status.Done(), job.Status.Empty():
			return job, nil
		case job.Status.Failed(), age >= c.timeouts.Job:
			return Job{}, &JobError{ID: c.printable(id), Status: Status(c.printable(string(job.Status))), After: age}
		}
		wait := min(pollEvery(age), max(c.timeouts.Job-age, minPoll))
		c.log.DebugContext(ctx, "export job is not done", "job", c.printable(id), "status", c.printable(string(job.Status)),
			"age", age.Round(time.Millisecond), "next_look", wait.Round(time.Millisecond))
		if err := sleep(ctx, wait); err != nil {
			return Job{}, c.failed(k, err)
		}
	}
}

const (
	minPoll = 200 * time.Millisecond
	maxPoll = 15 * time.Second
)

func pollEvery(age time.Duration) time.Duration {
	return min(max(age/10, minPoll), maxPoll)
}

// printable makes a word from outside fit for errors and logs.
func (c *Client) printable(s string) string { return clip(oneLine(c.scrub(s)), 100) }
