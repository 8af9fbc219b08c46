package intercom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"intercom-connector/intercom/download"
	"intercom-connector/intercom/transport"
)

const opDownload = "download export"

// Download opens a finished job's result: by its download URL where it has one,
// else, and where that does not give it, by GET /download/reporting_data/{id}.
// A job without data gives an empty stream and makes no call. Failures are
// repeated until the first byte has come. A result that comes late is waited
// for, up to Timeouts.Late; an error that says Expired then means that the export must
// be enqueued anew, and one that says Empty that not a byte came. The caller
// must close the stream. Cancelling ctx ends it.
//
// The stream's errors are *Error: Transient says whether a new Download may
// succeed, as it may when the body stopped moving for Timeouts.Idle.
func (c *Client) Download(ctx context.Context, job Job) (*download.Stream, error) {
	if job.Status.Empty() {
		return download.Empty(), nil
	}
	body, err := c.result(ctx, reporting, job)
	if err != nil {
		return nil, err
	}
	return download.New(ctx, body, c.downloads(ctx)), nil
}

// downloads is how streams speak of what went wrong.
func (c *Client) downloads(ctx context.Context) download.Config {
	return download.Config{
		Fail: func(err error) error { return c.newError(Error{Op: opDownload, Err: err}) },
		Bug:  func(stack string) { c.log.ErrorContext(ctx, "a bug stopped a download", "stack", stack) },
	}
}

// result waits for a job's result as long as its job still claims to have one:
// the result may come later than the word of it, and under another URL.
func (c *Client) result(ctx context.Context, of exports, job Job) (*download.Body, error) {
	if err := checkJobID(job.ID); err != nil && job.DownloadURL == "" {
		return nil, err
	}
	if !job.Status.Done() {
		return nil, fmt.Errorf("intercom: export job %s cannot be downloaded while it is %q", c.printable(job.ID), c.printable(string(job.Status)))
	}
	began := time.Now()
	for pause := time.Second; ; pause *= 2 {
		body, err := c.somewhere(ctx, of, job)
		if !isLate(err) || time.Since(began)+pause > c.lateFor(err) || checkJobID(job.ID) != nil {
			return body, err
		}
		now, jobErr := c.job(ctx, of, job.ID)
		if jobErr != nil || now.Status.Failed() {
			return nil, err
		}
		if now.Status.Done() {
			job = now
		}
		k := Call{Op: opDownload}
		c.waiting(&k, pause, c.failed(&k, err))
		if sleepErr := transport.Sleep(ctx, pause); sleepErr != nil {
			return nil, c.failed(&k, sleepErr)
		}
	}
}

// lateFor is how long a result is waited for. One that is there, and empty, may be
// all that there is: another job must say so, too, and comes the sooner.
func (c *Client) lateFor(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok && e.Empty() {
		return c.timeouts.Late / 4
	}
	return c.timeouts.Late
}

// isLate reports an answer that a result may have which is not there yet.
func isLate(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Expired() || errors.Is(err, errEmpty))
}

// somewhere opens the result by the job's URL, and by the job's own address where
// that does not give it: it may be refused, gone, or out of this machine's reach.
func (c *Client) somewhere(ctx context.Context, of exports, job Job) (*download.Body, error) {
	open := func(k *Call) (*download.Body, error) { return c.open(ctx, k) }
	byURL := Call{Op: opDownload, Method: http.MethodGet, url: job.DownloadURL}
	byID := c.ask(opDownload, of.download, of, job.ID)
	switch {
	case job.DownloadURL == "":
		return retry(ctx, c, byID, open)
	case checkJobID(job.ID) != nil:
		return retry(ctx, c, byURL, open)
	}
	body, err := open(&byURL)
	if err == nil {
		return body, nil
	}
	e := c.failed(&byURL, err)
	if ours := e.Status == 0 && !e.Transient(); ours || ctx.Err() != nil { // we would not ask there
		return nil, e
	}
	c.log.InfoContext(ctx, "the download URL does not give the result: asking by the job's id", "reason", e.Error())
	body, err = retry(ctx, c, byID, open)
	other, ok := errors.AsType[*Error](err)
	if ok && isLate(e) && !other.Forbidden() {
		return nil, e
	}
	return body, err
}

// open makes one attempt, up to the first byte.
func (c *Client) open(ctx context.Context, k *Call) (*download.Body, error) {
	res, err := c.send(ctx, k)
	if err != nil {
		return nil, err
	}
	body := download.NewBody(res.Body)
	if err := checkBody(res, body); err != nil {
		body.Close()
		return nil, c.newError(Error{
			Op: k.Op, Status: res.StatusCode, RequestID: res.Header.Get("X-Request-Id"), Err: err,
			empty: err == errEmpty && saysExport(res.Header.Get("Content-Type")),
		})
	}
	return body, nil
}

var errEmpty = errors.New("the answer is empty")

// saysExport tells an answer that was meant to be an export from what a proxy in
// trouble sends.
func saysExport(kind string) bool {
	kind = strings.ToLower(kind)
	return kind != "" && !strings.Contains(kind, "html") && !strings.Contains(kind, "xml") && !strings.Contains(kind, "json")
}

// checkBody tells a CSV from what is sent in its place when something is wrong
// behind the scenes. An export without rows has a header line at least, so
// nothing at all is a fault.
func checkBody(res *http.Response, body *download.Body) error {
	first, err := body.First()
	if err == io.EOF {
		return errEmpty
	}
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	said := res.Header.Get("Content-Type")
	switch kind := strings.ToLower(said); {
	case (strings.Contains(kind, "html") || strings.Contains(kind, "xml")) && first == '<', strings.Contains(kind, "json") && first == '{':
		return fmt.Errorf("the answer is %q, not an export", transport.Clip(said, 60))
	}
	switch encoding := res.Header.Get("Content-Encoding"); strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity", "gzip", "x-gzip":
		return nil
	default:
		return transport.Refusal(fmt.Sprintf("the answer has Content-Encoding %q, which was not asked for", transport.Clip(encoding, 60)))
	}
}

// gone tells a download that has expired from one that is forbidden.
func gone(e *Error, trusted bool) bool {
	switch e.Status {
	case http.StatusNotFound, http.StatusGone:
		return true
	case http.StatusForbidden:
		return !e.ScopeMissing()
	case http.StatusUnauthorized:
		return !trusted
	}
	return false
}
