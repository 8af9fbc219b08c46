package intercom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var doneJob = Job{ID: "job1", Status: "complete"}

// The blocks that a download runs ahead by.
const (
	blockSize = 128 << 10
	blocks    = 8
)

func downloadAll(c *Client, job Job) (string, error) {
	d, err := c.Download(context.Background(), job)
	if err != nil {
		return "", err
	}
	defer d.Close()
	b, err := io.ReadAll(d)
	return string(b), err
}

func TestDownloadAsksAsIntercomWants(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.URL.RequestURI(), "/download/reporting_data/job1?app_id=app&job_identifier=job1"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		for name, want := range map[string]string{
			"Accept": "application/octet-stream", "Accept-Encoding": "gzip",
			"Intercom-Version": "2.16", "Authorization": "Bearer " + testToken,
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		say(200, "id\n1\n")(w, r)
	}, func(cfg *Config) { cfg.AppID = "app" })
	if got, err := downloadAll(c, doneJob); got != "id\n1\n" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestDownloadOfEveryForm(t *testing.T) {
	const csv = "id,n\n1,a\n"
	for _, tt := range []struct{ name, body, encoding string }{
		{"plain", csv, ""},
		{"plain, said to be gzip", csv, "gzip"},
		{"gzip file", gz(csv), ""},
		{"Content-Encoding: gzip", gz(csv), "gzip"},
		{"gzip file in Content-Encoding: gzip", gz(gz(csv)), "gzip"},
		{"BOM", "\xef\xbb\xbf" + csv, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, say(200, tt.body, "Content-Encoding", tt.encoding, "Content-Type", "application/octet-stream"))
			if got, err := downloadAll(c, doneJob); got != csv || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestDownloadOfAJobWithoutData(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") })
	if got, err := downloadAll(c, Job{ID: "job1", Status: "no_data"}); got != "" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	for _, job := range []Job{{ID: "job1", Status: "pending"}, {Status: "complete"}, {ID: "job1", Status: "failed", DownloadURL: "/x"}} {
		if _, err := c.Download(t.Context(), job); err == nil {
			t.Errorf("%+v was downloaded", job)
		}
	}
}

// A body that is cut off on its way is an error in every form, and the bytes
// before it are the beginning of the truth.
func TestDownloadNoticesTruncation(t *testing.T) {
	var long strings.Builder
	long.WriteString("id,n\n")
	for i := range 15_000 {
		fmt.Fprintf(&long, "%d,row %x\n", i, i*i)
	}
	csv := long.String()
	for _, tt := range []struct {
		name, body string
		chunked    bool
	}{
		{"plain with a length", csv, false},
		{"plain in chunks", csv, true},
		{"gzip with a length", gz(csv), false},
		{"gzip in chunks", gz(csv), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if !tt.chunked {
					w.Header().Set("Content-Length", strconv.Itoa(len(tt.body)))
				}
				io.WriteString(w, tt.body[:len(tt.body)/2])
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			})
			got, err := downloadAll(c, doneJob)
			var e *Error
			if !errors.As(err, &e) || !e.Transient() {
				t.Fatalf("got %v", err)
			}
			if got == "" || !strings.HasPrefix(csv, got) {
				t.Errorf("%d bytes that are not the beginning", len(got))
			}
		})
	}
	t.Run("gzip cut off by its server", func(t *testing.T) {
		_, err := downloadAll(serve(t, say(200, gz(csv)[:1000])), doneJob)
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "download export") {
			t.Errorf("got %v", err)
		}
	})
}

func TestDownloadSaysWhatItsErrorsMean(t *testing.T) {
	const scope = `{"type":"error.list","errors":[{"code":"forbidden","message":"You do not have the required scope (export_reporting_data) to access this resource"}]}`
	for _, tt := range []struct {
		name                                           string
		status                                         int
		body                                           string
		elsewhere                                      bool
		expired, notFound, forbidden, unauthd, transit bool
	}{
		{name: "404", status: 404, expired: true, notFound: true},
		{name: "410", status: 410, expired: true, notFound: true},
		{name: "403", status: 403, body: "<Error><Code>AccessDenied</Code></Error>", expired: true},
		{name: "403 for scope", status: 403, body: scope, forbidden: true},
		{name: "401", status: 401, unauthd: true},
		{name: "401 of a host that got no token", status: 401, elsewhere: true, expired: true},
		{name: "503", status: 503, transit: true},
		{name: "an empty body", status: 200, transit: true},
		{name: "400", status: 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, say(tt.status, tt.body))
			job := doneJob
			if tt.elsewhere {
				other := httptest.NewServer(say(tt.status, tt.body))
				defer other.Close()
				job.DownloadURL = other.URL + "/file?signature=s3cret"
			}
			_, err := downloadAll(c, job)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Expired() != tt.expired || e.NotFound() != tt.notFound || e.Forbidden() != tt.forbidden ||
				e.Unauthorized() != tt.unauthd || e.Transient() != tt.transit {
				t.Errorf("expired %v, not found %v, forbidden %v, unauthorized %v, transient %v: %v",
					e.Expired(), e.NotFound(), e.Forbidden(), e.Unauthorized(), e.Transient(), err)
			}
		})
	}
}

// A result, or the URL of it, may come later than the word of it. Where the URL
// has nothing the job's own address is tried, before anything is enqueued anew.
func TestALateResultIsWaitedFor(t *testing.T) {
	const job = `{"job_identifier":"job1","status":"complete","download_url":%q}`
	for _, tt := range []struct {
		name       string
		url, newer string // of the job, and when it is looked at again
		byURL      func(age time.Duration) int
		byID       func(age time.Duration) int
		job        int
		want       string
		by         time.Duration
	}{
		{"the URL is refused", "/f", "/f", always(403), always(200), 200, "by id", 0},
		{"the URL is gone", "/f", "/f", always(404), always(200), 200, "by id", 0},
		{"the URL wants another token", "/f", "/f", always(401), always(200), 200, "by id", 0},
		{"the URL has expired", "/f", "/f", always(400), always(200), 200, "by id", 0},
		{"the URL does not answer", "/f", "/f", always(500), always(200), 200, "by id", 0},
		{"the URL has a page", "/f", "/f", always(209), always(200), 200, "by id", 0},
		{"the URL has a page, and the result is late", "/f", "/f", always(209), after(12*time.Second, 404, 200), 200, "by id", 15 * time.Second},
		{"the result is late", "", "", always(404), after(12*time.Second, 404, 200), 200, "by id", 15 * time.Second},
		{"the result is empty at first", "", "", always(404), after(5*time.Second, 204, 200), 200, "by id", 8 * time.Second},
		{"the URL is late", "", "/f", after(3*time.Second, 404, 200), always(404), 200, "by URL", 4 * time.Second},
		{"nothing comes", "/f", "/f", always(403), always(404), 200, "expired", 30 * time.Second},
		{"the job is gone", "/f", "/f", always(404), always(404), 404, "expired", 0},
		{"it is empty to the end", "", "", always(404), always(204), 200, "empty", 8 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(w http.ResponseWriter, r *http.Request) {
				age := time.Since(time.Unix(epoch, 0))
				answer := func(status int, body string) {
					if status == 204 {
						w.Header().Set("Content-Type", "text/csv")
						status, body = 200, ""
					}
					if status == 209 {
						w.Header().Set("Content-Type", "application/xml")
						status, body = 200, "<Error>"
					}
					if status != 200 {
						body = ""
					}
					say(status, body)(w, r)
				}
				switch r.URL.Path {
				case "/f":
					answer(tt.byURL(age), "by URL")
				case "/download/reporting_data/job1":
					answer(tt.byID(age), "by id")
				default:
					answer(tt.job, fmt.Sprintf(job, tt.newer))
				}
			}, func(t *testing.T, c *Client) {
				start := time.Now()
				got, err := downloadAll(c, Job{ID: "job1", Status: "complete", DownloadURL: tt.url})
				if e, ok := errors.AsType[*Error](err); ok && e.Expired() {
					got = "expired"
				} else if ok && e.Empty() && e.Transient() {
					got = "empty"
				} else if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); got != tt.want || took > tt.by {
					t.Errorf("got %q after %v: %v", got, took, err)
				}
			})
		})
	}
}

func always(status int) func(time.Duration) int { return func(time.Duration) int { return status } }

func after(d time.Duration, before, then int) func(time.Duration) int {
	return func(age time.Duration) int {
		if age < d {
			return before
		}
		return then
	}
}

func TestDownloadRefusesWhatIsNoExport(t *testing.T) {
	for _, tt := range []struct{ body, kind, encoding, want string }{
		{"<html>sorry</html>", "text/html; charset=utf-8", "", `the answer is "text/html; charset=utf-8", not an export`},
		{`{"type":"error.list"}`, "application/json", "", `the answer is "application/json", not an export`},
		{"\x0b\x02\x80", "text/csv", "br", `Content-Encoding "br", which was not asked for`},
	} {
		_, err := downloadAll(serve(t, say(200, tt.body, "Content-Type", tt.kind, "Content-Encoding", tt.encoding)), doneJob)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
}

func TestDownloadBlocks(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcde\n"), 150_000) // 18.3 blocks
	c := serve(t, say(200, gz(string(body))))
	d, err := c.Download(t.Context(), doneJob)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var got []byte
	for {
		b, err := d.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(b) == 0 || len(b) > blockSize {
			t.Fatalf("a block of %d bytes", len(b))
		}
		got = append(got, b...)
		clear(b) // a caller may write to it
	}
	if !bytes.Equal(got, body) {
		t.Errorf("%d bytes that differ from the %d that were sent", len(got), len(body))
	}
	if _, err := d.Next(); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
}

func TestDownloadMixesReadAndNext(t *testing.T) {
	c := serve(t, say(200, "0123456789"))
	d, err := c.Download(t.Context(), doneJob)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	p := make([]byte, 3)
	if n, err := d.Read(p); n != 3 || err != nil || string(p) != "012" {
		t.Fatalf("got %q, %v", p[:n], err)
	}
	if b, err := d.Next(); string(b) != "3456789" || err != nil {
		t.Fatalf("got %q, %v", b, err)
	}
	if n, err := d.Read(p); n != 0 || err != io.EOF {
		t.Fatalf("got %q, %v", p[:n], err)
	}
	d.Close()
	d.Close()
	if _, err := d.Read(p); err == nil || err.Error() != "intercom: the download is closed" {
		t.Errorf("after Close: %v", err)
	}
}

// The reader of a download may take its time: nothing is buffered beyond
// eight blocks, and its own slowness is no stall.
func TestDownloadWaitsForItsReader(t *testing.T) {
	var sent atomic.Int64
	inBubble(t, func(w http.ResponseWriter, _ *http.Request) {
		p := bytes.Repeat([]byte("x"), 64<<10)
		for range 160 { // 10 MB
			n, err := w.Write(p)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}, func(t *testing.T, c *Client) {
		d, err := c.Download(t.Context(), doneJob)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		<-time.After(2 * time.Hour)
		synctest.Wait()
		if n := sent.Load(); n > (blocks+2)*blockSize {
			t.Errorf("the server has sent %d bytes to a reader that has read nothing", n)
		}
		n, err := io.Copy(io.Discard, d)
		if n != 10<<20 || err != nil {
			t.Errorf("got %d bytes, %v", n, err)
		}
	})
}

func TestDownloadStall(t *testing.T) {
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "id\n1\n")
		stalls(w, r)
	}, func(t *testing.T, c *Client) {
		d, err := c.Download(t.Context(), doneJob)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		start := time.Now()
		got, err := io.ReadAll(d)
		var e *Error
		if !errors.As(err, &e) || !e.Transient() || !strings.Contains(err.Error(), "waited 1m0s for more of the answer's body from localhost") {
			t.Errorf("got %v", err)
		}
		if string(got) != "id\n1\n" || time.Since(start) != time.Minute {
			t.Errorf("got %q after %v", got, time.Since(start))
		}
	})
}

// What a client gives up is given up at once, and nothing is left running:
// synctest fails a test that leaves a goroutine behind.
func TestDownloadEndsWhenGivenUp(t *testing.T) {
	endlessly := func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 32<<10)); err != nil {
				return
			}
		}
	}
	for name, h := range map[string]http.HandlerFunc{
		"while bytes come": endlessly,
		"in a stall": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "id\n")
			stalls(w, r)
		},
	} {
		t.Run("closed "+name, func(t *testing.T) {
			inBubble(t, h, func(t *testing.T, c *Client) {
				d, err := c.Download(t.Context(), doneJob)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				d.Close()
				if time.Since(start) != 0 {
					t.Errorf("Close took %v", time.Since(start))
				}
			})
		})
		t.Run("cancelled "+name, func(t *testing.T) {
			inBubble(t, h, func(t *testing.T, c *Client) {
				ctx, cancel := context.WithCancelCause(t.Context())
				d, err := c.Download(ctx, doneJob)
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				gone := errors.New("the caller went away")
				start := time.Now()
				time.AfterFunc(time.Second, func() { cancel(gone) })
				<-time.After(2 * time.Second)
				for err == nil {
					_, err = d.Next()
				}
				var e *Error
				if !errors.Is(err, gone) || !errors.As(err, &e) || e.Transient() || time.Since(start) != 2*time.Second {
					t.Errorf("got %v after %v", err, time.Since(start))
				}
			})
		})
	}
}

// A block costs no allocation: a download of thirty blocks allocates as often as
// one of ten does, but for a few.
func TestDownloadBlocksAreRecycled(t *testing.T) {
	count := func(n int) float64 {
		body := gz(strings.Repeat("0123456789abcde\n", n*blockSize/16))
		c, err := New(Config{Token: "a-token-of-tests", BaseURL: "http://localhost", Transport: fixed{200, body}})
		if err != nil {
			t.Fatal(err)
		}
		return testing.AllocsPerRun(3, func() {
			d, err := c.Download(context.Background(), doneJob)
			if err != nil {
				t.Fatal(err)
			}
			for err == nil {
				_, err = d.Next()
			}
			d.Close()
		})
	}
	few, many := count(10), count(30)
	if many-few > 10 {
		t.Errorf("20 blocks more cost %.0f allocations more", many-few)
	}
}

// What has come is handed out while the server keeps the next bytes back, but
// for what the decompressor looks back at. Then Ready says no.
func TestDownloadReady(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("id\n")
	for i := range 10_000 {
		fmt.Fprintf(&csv, "%d\n", i*i*7919)
	}
	first := csv.String()
	for _, test := range []struct {
		name     string
		packed   string
		rest     int // of the packed, that is kept back
		heldBack int // of the CSV, at most
	}{
		{"plain", first + "2\n", 2, 0},
		{"gzip", gz(first) + gz("2\n"), len(gz("2\n")), 32 << 10},
		{"gzip, cut anywhere", gz(first + "2\n"), 9, 32 << 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			var more chan struct{} // of the bubble
			inBubble(t, func(w http.ResponseWriter, _ *http.Request) {
				end := len(test.packed) - test.rest
				_, _ = io.WriteString(w, test.packed[:end])
				w.(http.Flusher).Flush()
				<-more
				_, _ = io.WriteString(w, test.packed[end:])
			}, func(t *testing.T, c *Client) {
				more = make(chan struct{})
				d, err := c.Download(t.Context(), doneJob)
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				var got []byte
				for synctest.Wait(); d.Ready(); synctest.Wait() {
					b, err := d.Next()
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, b...)
				}
				if len(got) < len(first)-test.heldBack || !strings.HasPrefix(first, string(got)) {
					t.Errorf("%d bytes while the server waits, of %d", len(got), len(first))
				}
				close(more)
				rest, err := io.ReadAll(d)
				if string(got)+string(rest) != first+"2\n" || err != nil {
					t.Errorf("got %d and %d bytes, %v", len(got), len(rest), err)
				}
			})
		})
	}
}

// TestDownloadInPieces: however the network and the caller take turns, every
// byte comes once, and what the caller writes to or appends to a block reaches
// no other.
func TestDownloadInPieces(t *testing.T) {
	body := make([]byte, (blocks+1)*blockSize+12345)
	letters := rand.New(rand.NewPCG(1, 1))
	for i := range body {
		body[i] = "0123456789,\n"[letters.IntN(12)]
	}
	for name, packed := range map[string]string{"plain": string(body), "gzip": gz(string(body))} {
		for _, test := range []struct{ piece, server, reader int }{ // longest, in bytes and in milliseconds
			{400, 0, 0},
			{50_000, 3, 0},
			{5_000, 0, 3},
			{5_000, 3, 3},
			{500_000, 9, 3},
		} {
			t.Run(fmt.Sprint(name, test), func(t *testing.T) {
				inBubble(t, func(w http.ResponseWriter, _ *http.Request) {
					r := rand.New(rand.NewPCG(2, 2))
					for rest := packed; rest != ""; {
						n := min(1+r.IntN(test.piece), len(rest))
						io.WriteString(w, rest[:n])
						w.(http.Flusher).Flush()
						rest = rest[n:]
						<-time.After(time.Duration(r.IntN(test.server+1)) * time.Millisecond)
					}
				}, func(t *testing.T, c *Client) {
					r := rand.New(rand.NewPCG(3, 3))
					d, err := c.Download(t.Context(), doneJob)
					if err != nil {
						t.Fatal(err)
					}
					defer d.Close()
					var got []byte
					for {
						if r.IntN(4) == 0 {
							synctest.Wait() // all that can come has come
						}
						ready := d.Ready()
						start := time.Now()
						b, err := d.Next()
						if ready && time.Since(start) != 0 {
							t.Fatalf("Next took %v although Ready", time.Since(start))
						}
						if err == io.EOF {
							break
						}
						if err != nil || len(b) == 0 {
							t.Fatalf("%d bytes, %v", len(b), err)
						}
						got = append(got, b...)
						clear(append(b, '#'))
						clear(b)
						<-time.After(time.Duration(r.IntN(test.reader+1)) * time.Millisecond)
					}
					if !bytes.Equal(got, body) {
						t.Errorf("%d bytes that differ from the %d that were sent", len(got), len(body))
					}
				})
			})
		}
	}
}
