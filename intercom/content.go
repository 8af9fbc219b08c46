package intercom

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"intercom-connector/intercom/download"
)

// The content data export tells which messages were sent to whom, and what they
// did with them. Its jobs are others than those of the reporting export, with a
// limit of their own: one active job a workspace.
var content = exports{"/export/content/data/", "/download/content/data/", false}

// EnqueueContent starts an export of the messages that were sent from one time to
// another, both included, in whole seconds: POST /export/content/data. What it
// tells of a message is what happened within the same span. While another job of
// the workspace is active, the error says JobLimit.
func (c *Client) EnqueueContent(ctx context.Context, from, to time.Time) (Job, error) {
	if !from.Before(to) {
		return Job{}, fmt.Errorf("intercom: enqueue export of messages: %s to %s is no span of time", from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
	}
	a, header, err := Fetch[enqueueAnswer](ctx, c, Call{
		Op: "enqueue export of messages", answers: holdsJob, Method: http.MethodPost, Path: "/export/content/data",
		Body: map[string]any{"created_at_after": from.Unix(), "created_at_before": to.Unix()},
	})
	if err != nil {
		return Job{}, err
	}
	return jobAnswer(a).job(header), nil
}

// CancelContent ends a job of EnqueueContent that is active, which frees the slot:
// POST /export/cancel/{id}. One that has ended is refused.
func (c *Client) CancelContent(ctx context.Context, id string) error {
	if err := checkJobID(id); err != nil {
		return err
	}
	_, _, err := Fetch[jobAnswer](ctx, c, Call{Op: "cancel export of messages", answers: holdsJob, Method: http.MethodPost, Path: "/export/cancel/" + url.PathEscape(id)})
	return err
}

// AwaitContent polls a job of EnqueueContent, as [Client.Await] does one of Enqueue.
func (c *Client) AwaitContent(ctx context.Context, id string, enqueued time.Time) (Job, error) {
	return c.await(ctx, content, id, enqueued)
}

// DownloadContent opens the result of a finished job of EnqueueContent, as
// [Client.Download] does one of Enqueue, file by file. Results are kept for two
// days.
func (c *Client) DownloadContent(ctx context.Context, job Job) (*download.Files, error) {
	if job.Status.Empty() {
		return download.NoFiles(), nil
	}
	body, err := c.result(ctx, content, job)
	if err != nil {
		return nil, err
	}
	return download.NewFiles(ctx, body, c.downloads(ctx)), nil
}
