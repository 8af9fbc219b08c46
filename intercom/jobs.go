package intercom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/ratelimit"
	"intercom-connector/intercom/transport"
)

// Export asks for the rows of a dataset whose default time attribute lies from
// Start to End. Intercom counts in whole seconds, and no source says whether
// the ends are included: neighbouring exports should share their boundary.
type Export struct {
	DatasetID    string
	AttributeIDs []string // as Attribute.Request gives them; the CSV's columns follow this order
	Start, End   time.Time
}

// Job is an export that Intercom works on, or has finished.
type Job struct {
	ID string
	// Status is Intercom's own word, except that a job with a download URL is
	// complete, whatever its status says.
	Status Status
	// DownloadURL may be empty. It may carry a signature: do not log or store it.
	DownloadURL string
	ServerTime  time.Time // Intercom's clock at the answer (Date header); zero if absent
}

// Status is a job's state in Intercom's own word.
type Status string

// Done reports that the result is ready, and whole.
func (s Status) Done() bool { return s.ended() && !s.partly() }

func (s Status) ended() bool { return s.begins("complete", "succe", "done", "finished", "ready") }

// partly reports a job that has ended and of which something went wrong, such as
// completed_with_errors, and not completed_without_errors.
func (s Status) partly() bool {
	lower := strings.ToLower(string(s))
	return s.ended() && !strings.Contains(lower, "without") && slices.ContainsFunc([]string{"error", "fail", "partial"}, func(w string) bool { return strings.Contains(lower, w) })
}

// Empty reports that the job ended and there is nothing to download.
func (s Status) Empty() bool { return s.begins("no_data") }

// Failed reports that the job ended without a result, or without a whole one.
func (s Status) Failed() bool {
	return s.partly() || s.begins("fail", "error", "cancel", "abort", "expired", "timed", "timeout", string(Vanished))
}

func (s Status) begins(words ...string) bool {
	lower := strings.ToLower(strings.TrimSpace(string(s)))
	return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(lower, w) })
}

// Pending reports any other status: the job is still worth waiting for.
func (s Status) Pending() bool { return !s.Done() && !s.Empty() && !s.Failed() }

type jobAnswer struct {
	ID          answer.Text `json:"job_identifier"`
	Status      answer.Text `json:"status"`
	DownloadURL answer.Text `json:"download_url"`
}

func (a *jobAnswer) Check() error {
	if a.Status == "" && a.DownloadURL == "" {
		return errors.New("no status")
	}
	return nil
}

// enqueueAnswer is a job that has just been asked for, whose status may be left out.
type enqueueAnswer jobAnswer

func (a *enqueueAnswer) Check() error {
	if a.ID == "" {
		return errors.New("no job_identifier")
	}
	if a.Status == "" {
		a.Status = "pending"
	}
	return nil
}

func (a jobAnswer) job(h http.Header) Job {
	j := Job{
		ID:          string(a.ID),
		Status:      Status(a.Status),
		DownloadURL: strings.TrimSpace(string(a.DownloadURL)),
		ServerTime:  ratelimit.ServerTime(h, time.Time{}),
	}
	if j.DownloadURL != "" && j.Status.Pending() {
		j.Status = "complete"
	}
	return j
}

// holdsJob reports an error answer whose body is a job all the same: a failed
// job is told by HTTP 504, with the job in the body. Its id may be left out, as the
// call has it, but not every field of a job's own.
func holdsJob(body []byte) bool {
	var a jobAnswer
	var own struct {
		ID  json.RawMessage `json:"job_identifier"`
		URL json.RawMessage `json:"download_url"`
	}
	return json.Unmarshal(body, &a) == nil && json.Unmarshal(body, &own) == nil &&
		a.Check() == nil && (own.ID != nil || own.URL != nil)
}

// Enqueue starts an export job: POST /export/reporting_data/enqueue. A
// workspace has five pending jobs at most; beyond that the error, returned at
// once, says JobLimit.
//
// There is no way to cancel a job or to list jobs. When an answer is lost the
// call is repeated, and the job that nobody knows of holds a slot until it ends.
func (c *Client) Enqueue(ctx context.Context, e Export) (Job, error) {
	switch {
	case e.DatasetID == "":
		return Job{}, errors.New("intercom: enqueue export: no dataset")
	case len(e.AttributeIDs) == 0:
		return Job{}, fmt.Errorf("intercom: enqueue export: no attributes of dataset %q", e.DatasetID)
	case !e.Start.Before(e.End):
		return Job{}, fmt.Errorf("intercom: enqueue export: dataset %q from %s to %s is no span of time",
			e.DatasetID, e.Start.UTC().Format(time.RFC3339), e.End.UTC().Format(time.RFC3339))
	}
	a, header, err := Fetch[enqueueAnswer](ctx, c, Call{
		Op: "enqueue export", answers: holdsJob, Method: http.MethodPost, Path: "/export/reporting_data/enqueue",
		Body: map[string]any{
			"dataset_id":    e.DatasetID,
			"attribute_ids": e.AttributeIDs,
			"start_time":    e.Start.Unix(),
			"end_time":      e.End.Unix(),
		},
	})
	if err != nil {
		return Job{}, err
	}
	return jobAnswer(a).job(header), nil
}

// exports are the jobs of one kind of export.
type exports struct {
	status, download string // their paths, before a job's id
	parameters       bool   // they take the parameters of jobQuery
}

var reporting = exports{"/export/reporting_data/", "/download/reporting_data/", true}

// ask is a call about a job.
func (c *Client) ask(op, path string, of exports, id string) Call {
	k := Call{Op: op, Method: http.MethodGet, Path: path + url.PathEscape(id)}
	if of.parameters {
		k.Query = c.jobQuery(id)
	}
	return k
}

// Job looks at an export job: GET /export/reporting_data/{id}.
func (c *Client) Job(ctx context.Context, id string) (Job, error) { return c.job(ctx, reporting, id) }

func (c *Client) job(ctx context.Context, of exports, id string) (Job, error) {
	if err := checkJobID(id); err != nil {
		return Job{}, err
	}
	k := c.ask("check export job", of.status, of, id)
	k.answers = holdsJob
	a, header, err := Fetch[jobAnswer](ctx, c, k)
	if err != nil {
		return Job{}, err
	}
	if a.ID == "" {
		a.ID = answer.Text(id)
	}
	if string(a.ID) != id {
		return Job{}, c.newError(Error{
			Op: "check export job", Status: http.StatusOK,
			Err: transport.Refusal(fmt.Sprintf("asked for job %q, the answer is about %q", transport.Clip(id, 100), transport.Clip(string(a.ID), 100))),
		})
	}
	return a.job(header), nil
}

// jobQuery has the parameters that the API's description calls required and
// most callers leave out: they are sent as far as they are known.
func (c *Client) jobQuery(id string) url.Values {
	q := url.Values{"job_identifier": {id}}
	if c.appID != "" {
		q.Set("app_id", c.appID)
	}
	if c.clientID != "" {
		q.Set("client_id", c.clientID)
	}
	return q
}

func checkJobID(id string) error {
	if id == "" || id == "." || id == ".." {
		return fmt.Errorf("intercom: %q is not the id of an export job", id)
	}
	return nil
}

// A job that was enqueued less than this ago may be unknown to the endpoint
// that tells its status; later, unknown means gone.
const jobAppears = time.Minute

// Await polls a job until it has a result (its status is Done or Empty). The
// time between two looks is a tenth of the job's age, from 200 ms to 15 s. A
// job that fails, vanishes, or is older than Timeouts.Job without an end is a
// *JobError; it is looked at once at least, whatever its age. A zero enqueued
// means now.
func (c *Client) Await(ctx context.Context, id string, enqueued time.Time) (Job, error) {
	return c.await(ctx, reporting, id, enqueued)
}

func (c *Client) await(ctx context.Context, of exports, id string, enqueued time.Time) (Job, error) {
	if now := time.Now(); enqueued.IsZero() || enqueued.After(now) {
		enqueued = now
	}
	k := &Call{Op: "await export job"}
	if time.Since(enqueued) < minPoll {
		if err := transport.Sleep(ctx, minPoll); err != nil {
			return Job{}, c.failed(k, err)
		}
	}
	for {
		job, err := c.job(ctx, of, id)
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
		if err := transport.Sleep(ctx, wait); err != nil {
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
func (c *Client) printable(s string) string {
	return transport.Clip(transport.OneLine(c.trust.Scrub(s)), 100)
}
