package intercom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"intercom-connector/intercom/download"
	"intercom-connector/intercom/transport"
)

const opDownload = "download export"

// Download opens a finished job's result: by its download URL where it has one,
// else by GET /download/reporting_data/{id}. A job without data gives an empty
// stream and makes no call. Failures are repeated until the first byte has
// come; an error that says Expired means that the export must be enqueued
// anew. The caller must close the stream. Cancelling ctx ends it.
//
// The stream's errors are *Error: Transient says whether a new Download may
// succeed, as it may when the body stopped moving for Timeouts.Idle.
func (c *Client) Download(ctx context.Context, job Job) (*download.Stream, error) {
	if job.Status.Empty() {
		return download.Empty(), nil
	}
	k := call{op: opDownload, method: http.MethodGet, url: job.DownloadURL}
	if err := checkJobID(job.ID); err != nil && k.url == "" {
		return nil, err
	}
	if !job.Status.Done() {
		return nil, fmt.Errorf("intercom: export job %s cannot be downloaded while it is %q", c.printable(job.ID), c.printable(string(job.Status)))
	}
	if k.url == "" {
		k.path, k.query = "/download/reporting_data/"+url.PathEscape(job.ID), c.jobQuery(job.ID)
	}
	body, err := retry(ctx, c, k, func(k *call) (*download.Body, error) { return c.open(ctx, k) })
	if err != nil {
		return nil, err
	}
	return download.New(ctx, body, download.Config{
		Fail: func(err error) error { return c.newError(Error{Op: opDownload, Err: err}) },
		Bug:  func(stack string) { c.log.ErrorContext(ctx, "a bug stopped a download", "stack", stack) },
	}), nil
}

// open makes one attempt, up to the first byte.
func (c *Client) open(ctx context.Context, k *call) (*download.Body, error) {
	res, err := c.send(ctx, k)
	if err != nil {
		return nil, err
	}
	body := download.NewBody(res.Body)
	if err := checkBody(res, body); err != nil {
		body.Close()
		return nil, c.newError(Error{Op: k.op, Status: res.StatusCode, RequestID: res.Header.Get("X-Request-Id"), Err: err})
	}
	return body, nil
}

// checkBody tells a CSV from what is sent in its place when something is wrong
// behind the scenes. An export without rows has a header line at least, so
// nothing at all is a fault.
func checkBody(res *http.Response, body *download.Body) error {
	first, err := body.First()
	if err == io.EOF {
		return errors.New("the answer is empty")
	}
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	switch kind := strings.ToLower(res.Header.Get("Content-Type")); {
	case strings.Contains(kind, "html") && first == '<', strings.Contains(kind, "json") && first == '{':
		return fmt.Errorf("the answer is %q, not an export", transport.Clip(kind, 60))
	}
	switch encoding := strings.ToLower(strings.TrimSpace(res.Header.Get("Content-Encoding"))); encoding {
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
		return !e.aboutScope()
	case http.StatusUnauthorized:
		return !trusted
	}
	return false
}
