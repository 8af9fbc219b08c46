package intercom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/bounds"
	"intercom-connector/intercom/ratelimit"
	"intercom-connector/intercom/transport"
)

// maxErrorBody is where an error answer is cut.
const maxErrorBody = 64 << 10

// How long the body of a JSON answer, and that of a download, may be waited for; what
// its reader does in between does not count.
const (
	wholeAnswer   = 5 * time.Minute
	wholeDownload = 12 * time.Hour
)

// Call is one endpoint's request.
type Call struct {
	Op     string // for errors and logs, such as "list tags"
	Method string
	Path   string // escaped, below the base URL
	Query  url.Values
	Body   any // sent as JSON; nil for none
	// Limits are those of the answer's JSON; the zero ones are bounds.One.
	Limits bounds.Limits

	// Once says that the call may take effect although its answer was lost,
	// and must then not be repeated.
	Once bool
	// Row is an id of a row in the path, which logs and errors leave out.
	Row string
	// Adapt, when set, may change the call between a failure and its repetition,
	// and reports whether it did.
	Adapt func(*Call, *Error) bool

	url string // instead of path and query: an address that Intercom gave
	// answers, when set, knows an answer by its body, whatever its status.
	answers func(body []byte) bool
}

// Answer is what a call's JSON must be able to say about itself: an error
// names what a well-formed answer lacks.
type Answer interface{ Check() error }

// Fetch makes a call, repeating it while that may help, and decodes its JSON. Its
// error is an *Error.
func Fetch[T any, P interface {
	*T
	Answer
}](ctx context.Context, c *Client, k Call,
) (T, http.Header, error) {
	var header http.Header
	value, err := retry(ctx, c, k, func(k *Call) (T, error) {
		var v T
		res, err := c.send(ctx, k)
		if err != nil {
			return v, err
		}
		defer res.Body.Close()
		header = res.Header
		return v, c.decode(ctx, k, res, P(&v))
	})
	return value, header, err
}

// Unreadable is the error of an answer that came and is not what it should be, so
// that another one would not help.
func (c *Client) Unreadable(op, why string) *Error {
	return c.newError(Error{Op: op, Status: http.StatusOK, Err: transport.Refusal(why)})
}

// send makes one attempt. It returns an answer with a status below 300, whose
// body has a deadline on every read and must be closed; anything else is an
// *Error.
func (c *Client) send(ctx context.Context, k *Call) (*http.Response, error) {
	u, err := c.address(k)
	if err != nil {
		return nil, c.failed(k, err)
	}
	trusted := c.trust.Trusts(u)
	if trusted {
		if err := c.budget.Wait(ctx, func(d time.Duration) { c.waiting(k, d, nil) }); err != nil {
			return nil, c.failed(k, err)
		}
	}
	req, err := c.request(ctx, k, u)
	if err != nil {
		return nil, c.failed(k, err)
	}
	start := time.Now()
	limits := transport.Limits{Headers: c.timeouts.Headers, Idle: c.timeouts.Idle, Whole: wholeAnswer}
	if k.Op == opDownload {
		limits.Whole = wholeDownload
	}
	res, err := transport.Do(c.http, req, limits)
	if err != nil {
		e := c.failed(k, err)
		c.log.DebugContext(ctx, "intercom call failed", "op", k.Op, "method", k.Method, "host", u.Host,
			"path", c.path(k, u), "duration", time.Since(start), "error", e.Err)
		return nil, e
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "intercom call", slog.String("op", k.Op), slog.String("method", k.Method),
		slog.String("host", u.Host), slog.String("path", c.path(k, u)), slog.Int("status", res.StatusCode),
		slog.Duration("duration", time.Since(start)), slog.String("request_id", transport.Clip(c.trust.Scrub(res.Header.Get("X-Request-Id")), 100)))
	if trusted {
		c.budget.Learn(res.Header, time.Now())
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	body := bounds.ReadSome(res, maxErrorBody)
	if k.answers != nil && k.answers(body) {
		res.Header.Del("Content-Encoding")
		res.Body = io.NopCloser(bytes.NewReader(body))
		return res, nil
	}
	e := c.refused(k, res, body, trusted)
	if trusted && e.Unauthorized() && k.Op != opMe {
		e.scope = c.checkToken(ctx)
	}
	return nil, e
}

// path is the call's for a log.
func (c *Client) path(k *Call, u *url.URL) string {
	return k.withoutRow(c.trust.Scrub(u.Path))
}

func (k *Call) withoutRow(text string) string {
	if k.Row == "" {
		return text
	}
	return strings.ReplaceAll(text, k.Row, "…")
}

// address is where the call goes.
func (c *Client) address(k *Call) (*url.URL, error) {
	if k.url == "" {
		u := *c.base
		u.RawPath = c.base.EscapedPath() + k.Path
		path, err := url.PathUnescape(u.RawPath)
		if err != nil {
			return nil, err
		}
		u.Path, u.RawQuery = path, k.Query.Encode()
		return &u, nil
	}
	u, err := c.base.Parse(k.url)
	if err != nil {
		return nil, transport.Refusal("the address that Intercom gave is not a URL")
	}
	u.User, u.Fragment = nil, ""
	return u, c.trust.Allows(u)
}

func (c *Client) request(ctx context.Context, k *Call, u *url.URL) (*http.Request, error) {
	var body io.Reader
	if k.Body != nil {
		b, err := json.Marshal(k.Body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, k.Method, u.String(), body)
	if err != nil {
		return nil, errors.New("the address is not a URL")
	}
	h := req.Header
	h.Set("User-Agent", c.agent)
	h.Set("Intercom-Version", APIVersion)
	h.Set("Accept", "application/json")
	// Asked for by name, compression is left to us to undo: what becomes of a few
	// bytes is bounded, a download looks at the bytes itself, and the announced
	// length stays checkable.
	h.Set("Accept-Encoding", "gzip")
	if k.Op == opDownload {
		h.Set("Accept", "application/octet-stream") // required there
	}
	if body != nil {
		h.Set("Content-Type", "application/json")
	}
	return req, nil
}

func (c *Client) failed(k *Call, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return c.newError(Error{Op: k.Op, Err: err})
}

// streamed is an answer that is decoded as it comes. It reads one value; what is wrong
// with the JSON itself, or with reading it, is an error as json has it.
type streamed interface {
	Stream(d *json.Decoder, most int) error
}

// decode reads a JSON answer. One that is empty or cut off is transient; one
// that lacks what it should hold is not.
func (c *Client) decode(ctx context.Context, k *Call, res *http.Response, into Answer) error {
	limits := k.Limits
	if limits == (bounds.Limits{}) {
		limits = bounds.One
	}
	in, err := bounds.Open(ctx, res, limits, c.share)
	if err == nil {
		defer in.Done()
		if list, ok := into.(streamed); ok { // what lists hold are rows: an echo of the token in one is a row's value
			err = decodeList(in, list, limits)
		} else {
			err = c.decodeWhole(in, into)
		}
	}
	if errors.Is(err, errNotJSON) {
		err = fmt.Errorf("%w (%d bytes, %q)", err, in.Bytes(), transport.Clip(res.Header.Get("Content-Type"), 60))
	}
	if err == nil {
		if unfit := into.Check(); unfit != nil {
			err = notAsDescribed(unfit)
		}
	}
	if err == nil {
		return nil
	}
	return c.newError(Error{Op: k.Op, Status: res.StatusCode, RequestID: res.Header.Get("X-Request-Id"), Err: err})
}

var (
	errNothing = errors.New("the answer is empty")
	errNotJSON = errors.New("the answer is not JSON, or was cut off")
)

func notAsDescribed(err error) error {
	return transport.Refusal("the answer is not what the API describes: " + answer.Unreadable(err))
}

// decodeList reads an answer element by element.
func decodeList(in *bounds.Reader, into streamed, limits bounds.Limits) error {
	d := json.NewDecoder(in)
	most := limits.Listed
	if most == 0 {
		most = limits.Elements
	}
	unfit := into.Stream(d, most)
	_, end := d.Token() // nothing may come after it
	_, syntax := errors.AsType[*json.SyntaxError](unfit)
	switch {
	case in.Err() != nil:
		return in.Err()
	case unfit == io.EOF:
		return errNothing
	case syntax, errors.Is(unfit, io.ErrUnexpectedEOF), end != io.EOF:
		return errNotJSON
	case unfit != nil:
		return notAsDescribed(unfit)
	}
	return nil
}

// decodeWhole reads an answer that is one thing, or a catalogue: it is looked
// through for the token before anything is made of it.
func (c *Client) decodeWhole(in *bounds.Reader, into Answer) error {
	body, err := io.ReadAll(in)
	switch {
	case err != nil:
		return err
	case len(bytes.TrimSpace(body)) == 0:
		return errNothing
	case !json.Valid(body):
		return errNotJSON
	case c.echoes(body):
		return transport.Refusal("the answer holds the access token")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return notAsDescribed(err)
	}
	return nil
}

// echoes reports JSON that holds the token, in a text or a name: what it would be
// the name of, in tables, states and metrics, is nobody's business.
func (c *Client) echoes(body []byte) bool {
	if bytes.Contains(body, []byte(c.trust.Token)) {
		return true
	}
	for text := range answer.Escaped(body, len(c.trust.Token)) {
		if strings.Contains(text, c.trust.Token) {
			return true
		}
	}
	return false
}

// refused turns an error answer into an *Error.
func (c *Client) refused(k *Call, res *http.Response, body []byte, trusted bool) *Error {
	e := Error{Op: k.Op, Status: res.StatusCode, RequestID: res.Header.Get("X-Request-Id")}
	now := time.Now()
	e.Wait = ratelimit.RetryAfter(res.Header, now)
	e.readEnvelope(body)
	e.Message = k.withoutRow(e.Message)
	if res.StatusCode == http.StatusTooManyRequests && trusted && e.RateLimited() {
		e.Wait = ratelimit.RetryWait(res.Header, now)
		if e.Wait <= 0 {
			e.Wait = ratelimit.DefaultWait
		}
		c.budget.Pause(min(e.Wait, ratelimit.MaxRenewal), now)
	}
	if k.Op == opDownload {
		e.expired = gone(&e, trusted)
	}
	return c.newError(e)
}

// readEnvelope fills in what Intercom's error.list says. Anything else, such as
// a proxy's page, is left out: the status has to do.
func (e *Error) readEnvelope(body []byte) {
	var list struct {
		RequestID answer.Text `json:"request_id"`
		Errors    []struct {
			Code    answer.Text `json:"code"`
			Message answer.Text `json:"message"`
			Field   answer.Text `json:"field"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &list) != nil {
		return
	}
	if list.RequestID != "" {
		e.RequestID = string(list.RequestID)
	}
	for i, item := range list.Errors {
		if i == 0 {
			e.Code, e.Message, e.Field = string(item.Code), string(item.Message), string(item.Field)
		} else if item.Message != "" && e.Message != "" && len(e.Message) < maxErrorBody {
			e.Message += "; " + string(item.Message)
		}
	}
}
