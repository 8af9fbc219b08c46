package intercom

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
)

const opDownload = "download export"

// Blocks of a Download.
const (
	blockSize = 128 << 10
	blocks    = 8
)

// Download is the CSV of an export as a stream of bytes, whatever form it came
// in: plain, gzip (once or twice), or the CSV files of a tar.gz or zip as one,
// without a byte order mark. One goroutine at a time may read it.
//
// Reading and decompressing go ahead in a goroutine of their own, by eight
// blocks of 128 KB at most; when the caller is slower the download waits, and
// when the network is slower the caller gets what there is. Nothing else is
// held in memory, nothing is stored on disk.
//
// A body that was cut off or damaged is an error, never io.EOF, and so is one
// that stops moving for Timeouts.Idle: an *Error whose Transient says whether a
// new Download may succeed. Bytes handed out before the error may be a part of
// the CSV that ends anywhere.
type Download struct {
	stop context.CancelFunc
	next queue
	free chan []byte
	done chan struct{} // closed when the goroutine has ended

	block []byte // to be recycled when the next is asked for, or nil
	rest  []byte // what Read has left of it
	err   error
}

// block is what Next gives.
type block struct {
	data  []byte
	whole []byte // to be recycled after data; nil if more of it is to come
	err   error  // what ended the download
	bug   any    // what the goroutine panicked with
}

// Download opens a finished job's result: by its download URL where it has one,
// else by GET /download/reporting_data/{id}. A job without data gives an empty
// stream and makes no call. Failures are repeated until the first byte has
// come; an error that says Expired means that the export must be enqueued
// anew. The caller must Close the Download. Cancelling ctx ends it.
func (c *Client) Download(ctx context.Context, job Job) (*Download, error) {
	if job.Status.Empty() {
		return &Download{err: io.EOF}, nil
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
	ctx, stop := context.WithCancel(ctx)
	body, err := retry(ctx, c, k, func(k *call) (*openBody, error) { return c.open(ctx, k) })
	if err != nil {
		stop()
		return nil, err
	}
	d := &Download{
		stop: stop,
		next: newQueue(),
		free: make(chan []byte, blocks),
		done: make(chan struct{}),
	}
	for range blocks {
		d.free <- nil // made when first needed: most exports are small
	}
	go d.run(ctx, c, body)
	return d, nil
}

// openBody is an answer whose first byte has come.
type openBody struct {
	*bufio.Reader
	io.Closer
}

// open makes one attempt, up to the first byte.
func (c *Client) open(ctx context.Context, k *call) (*openBody, error) {
	res, err := c.send(ctx, k)
	if err != nil {
		return nil, err
	}
	body := &openBody{bufio.NewReaderSize(res.Body, lookBuffer), res.Body}
	if err := checkBody(res, body); err != nil {
		res.Body.Close()
		return nil, c.newError(Error{Op: k.op, Status: res.StatusCode, RequestID: res.Header.Get("X-Request-Id"), Err: err})
	}
	return body, nil
}

// checkBody tells a CSV from what is sent in its place when something is wrong
// behind the scenes. An export without rows has a header line at least, so
// nothing at all is a fault.
func checkBody(res *http.Response, body *openBody) error {
	head, err := body.Peek(1)
	if err == io.EOF {
		return errors.New("the answer is empty")
	}
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	switch kind := strings.ToLower(res.Header.Get("Content-Type")); {
	case strings.Contains(kind, "html") && head[0] == '<', strings.Contains(kind, "json") && head[0] == '{':
		return fmt.Errorf("the answer is %q, not an export", clip(kind, 60))
	}
	switch encoding := strings.ToLower(strings.TrimSpace(res.Header.Get("Content-Encoding"))); encoding {
	case "", "identity", "gzip", "x-gzip":
		return nil
	default:
		return refusal(fmt.Sprintf("the answer has Content-Encoding %q, which was not asked for", clip(encoding, 60)))
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

// run decodes the body into blocks until it ends, fails or is stopped.
func (d *Download) run(ctx context.Context, c *Client, body *openBody) {
	defer close(d.done)
	defer body.Close()
	defer func() {
		if bug := recover(); bug != nil {
			c.log.ErrorContext(ctx, "a bug stopped a download", "stack", string(debug.Stack()))
			d.next.add(block{bug: bug})
		}
	}()
	f := &filling{Download: d, body: body}
	csv, err := decode(ctx, f)
	for err == nil {
		select {
		case f.block = <-d.free:
		case <-ctx.Done():
			err = ended(ctx)
			continue
		}
		err = f.fill(csv)
	}
	if err != io.EOF {
		err = c.newError(Error{Op: opDownload, Err: err})
	}
	d.next.add(block{err: err})
}

// filling is a block on its way to being full, and the body that it is filled
// from.
type filling struct {
	*Download
	body  *openBody
	block []byte
	to    int // what is decoded
}

// fill fills the block and hands it out.
func (f *filling) fill(csv io.Reader) (err error) {
	if f.block == nil {
		f.block = make([]byte, blockSize)
	}
	f.to = 0
	for f.to < blockSize && err == nil {
		var n int
		n, err = csv.Read(f.block[f.to:])
		f.to += n
	}
	f.next.extend(f.block[:f.to:f.to], f.block)
	return err
}

// Read reads the body for the decoders. Where that may take its time, the block
// is handed out as far as it is filled.
func (f *filling) Read(p []byte) (int, error) {
	if f.body.Buffered() == 0 && f.to > 0 {
		f.next.extend(f.block[:f.to:f.to], nil)
	}
	return f.body.Read(p)
}

// Next returns the next bytes of the CSV, up to 128 KB that end anywhere, and
// io.EOF after the last ones. The block is valid until the next call, and the
// caller may change it.
func (d *Download) Next() ([]byte, error) {
	if len(d.rest) > 0 {
		b := d.rest
		d.rest = nil
		return b, nil
	}
	if d.err != nil {
		return nil, d.err
	}
	if d.block != nil {
		d.free <- d.block
		d.block = nil
	}
	b := d.next.take()
	d.block = b.whole
	if b.bug != nil {
		d.err = errors.New("intercom: a bug stopped the download")
		panic(b.bug) // where the caller can recover: unlike the goroutine's, it ends no other work
	}
	d.err = b.err
	return b.data, b.err
}

// Ready reports that Next would not wait.
func (d *Download) Ready() bool {
	return len(d.rest) > 0 || d.err != nil || d.next.ready()
}

// Read copies the next bytes of the CSV. Next saves the copy.
func (d *Download) Read(p []byte) (int, error) {
	if len(d.rest) == 0 {
		b, err := d.Next()
		if err != nil {
			return 0, err
		}
		d.rest = b
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

var errClosed = errors.New("intercom: the download is closed")

// Close stops the download and waits for its goroutine to end. It may be called
// at any time by the goroutine that reads, and more than once.
func (d *Download) Close() error {
	if d.stop != nil {
		d.stop()
		<-d.done
	}
	d.rest, d.err = nil, errClosed
	return nil
}
