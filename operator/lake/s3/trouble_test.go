package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"intercom-connector/operator/lake/s3"
	"intercom-connector/operator/lake/storetest"
)

const part = "contact/dt=2026-05-04/r-00000.ndjson.gz"

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	s := startServer(t)
	b := open(t, here(""), s3.Options{})
	broken := errors.New("the rows ended early")
	for name, put := range map[string]func(context.Context) error{
		"small": func(ctx context.Context) error { return b.Put(ctx, part, failing(10, broken)) },
		"large": func(ctx context.Context) error { return b.Put(ctx, part, failing(11<<20, broken)) },
		"note":  func(ctx context.Context) error { return b.Put(ctx, "_runs/r.json", failing(10, broken)) },
		"cancelled": func(ctx context.Context) error {
			ctx, stop := context.WithCancelCause(ctx)
			return b.Put(ctx, part, io.MultiReader(bytes.NewReader(make([]byte, 11<<20)), reader(func([]byte) (int, error) {
				stop(broken)
				return 0, context.Cause(ctx)
			})))
		},
	} {
		if err := put(context.Background()); !errors.Is(err, broken) {
			t.Errorf("%s: %v, want the reader's error", name, err)
		}
		for key, err := range b.List(context.Background(), "") {
			t.Errorf("%s: it left %s, %v", name, key, err)
		}
		// A part that was on its way when its upload was aborted may arrive after
		// it: the next run's business.
		unlock, err := b.Lock(context.Background(), "next")
		if err != nil {
			t.Fatal(err)
		}
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
		if left := listed(t, b); len(left) > 0 {
			t.Errorf("%s: it left uploads: %q", name, left)
		}
	}
	if s.count("AbortMultipartUpload") < 2 {
		t.Errorf("%d uploads were aborted, want 2 at least", s.count("AbortMultipartUpload"))
	}
}

type reader func([]byte) (int, error)

func (r reader) Read(b []byte) (int, error) { return r(b) }

// failing gives some bytes, then an error.
func failing(n int, err error) io.Reader {
	return io.MultiReader(bytes.NewReader(make([]byte, n)), reader(func([]byte) (int, error) { return 0, err }))
}

// TestTroubleIsSaidPlainly spoils the server's answers and wants an error that
// says what to do, and no object.
func TestTroubleIsSaidPlainly(t *testing.T) {
	s := startServer(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "2")
	large := func() io.Reader { return io.MultiReader(bytes.NewReader(make([]byte, 11<<20))) }
	on := func(operation string, do func(http.ResponseWriter, *http.Request)) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if kind(r) != operation {
				return false
			}
			do(w, r)
			return true
		}
	}
	refuse := func(status int, code string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.WriteHeader(status)
			io.WriteString(w, `<?xml version="1.0"?><Error><Code>`+code+`</Code><Message>no</Message></Error>`)
		}
	}
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	type trouble struct {
		name  string
		spoil func(http.ResponseWriter, *http.Request) bool
		want  string
	}
	troubles := []trouble{
		{"denied part", on("UploadPart", refuse(403, "AccessDenied")), "s3:PutObject"},
		{"denied upload", on("CreateMultipartUpload", refuse(403, "AccessDenied")), "access denied"},
		{"a clock that is wrong", on("CreateMultipartUpload", refuse(403, "RequestTimeTooSkewed")), "clock is wrong"},
		{"failing part", on("UploadPart", refuse(500, "InternalError")), "InternalError"},
		{"failing end", on("CompleteMultipartUpload", refuse(503, "SlowDown")), "SlowDown"},
		{"silent part", on("UploadPart", hang), "no answer"},
		{"silent end", on("CompleteMultipartUpload", hang), "no answer"},
		{"elsewhere", on("CreateMultipartUpload", refuse(301, "PermanentRedirect")), "AWS_REGION"},
	}
	if storetest.Genuine() { // the one in this process checks no checksums
		troubles = append(troubles, trouble{"spoilt part", func(_ http.ResponseWriter, r *http.Request) bool {
			if kind(r) == "UploadPart" {
				r.Body = io.NopCloser(&flipping{from: r.Body})
			}
			return false
		}, "checksum"})
	}
	for _, c := range troubles {
		b := open(t, here(""), s3.Options{Stall: time.Second})
		s.set(c.spoil, nil)
		err := b.Put(context.Background(), part, large())
		s.set(nil, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
		if _, err := b.Open(context.Background(), part); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the part is there, or %v", c.name, err)
		}
		if left := listed(t, b); len(left) > 0 {
			t.Errorf("%s: it left uploads: %q", c.name, left)
		}
	}
}

// flipping changes one bit on the way.
type flipping struct {
	from io.Reader
	done bool
}

func (f *flipping) Read(b []byte) (int, error) {
	n, err := f.from.Read(b)
	if n > 0 && !f.done {
		b[n-1] ^= 1
		f.done = true
	}
	return n, err
}

func TestTroubleThatPassesIsSatOut(t *testing.T) {
	s := startServer(t)
	b := open(t, here(""), s3.Options{})
	left := 2
	s.set(func(w http.ResponseWriter, r *http.Request) bool {
		if kind(r) != "UploadPart" || left == 0 {
			return false
		}
		left--
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}, nil)
	want := bytes.Repeat([]byte("row\n"), 3<<20)
	if err := b.Put(context.Background(), part, io.MultiReader(bytes.NewReader(want))); err != nil {
		t.Fatal(err)
	}
	if got := read(t, b, part); !bytes.Equal(got, want) {
		t.Errorf("%d bytes came back, %d were sent, or others", len(got), len(want))
	}
}

func TestWhatIsNotThere(t *testing.T) {
	startServer(t)
	ctx := context.Background()
	missing := open(t, "s3://no-such-bucket/lake", s3.Options{})
	for name, err := range map[string]error{
		"write": missing.Put(ctx, part, strings.NewReader("x")), "note": missing.Put(ctx, "_runs/r.json", strings.NewReader("x")),
		"read": second(missing.Open(ctx, part)), "list": second(missing.Empty(ctx)), "lock": second(missing.Lock(ctx, "r")),
		"delete": missing.Remove(ctx, part),
	} {
		if err == nil || !strings.Contains(err.Error(), `there is no bucket "no-such-bucket"`) {
			t.Errorf("%s: %v, want an error that names the bucket", name, err)
		}
	}
	if storetest.Genuine() { // the one in this process takes any secret
		t.Setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
		if err := second(open(t, here(""), s3.Options{}).Empty(ctx)); err == nil || !strings.Contains(err.Error(), "does not accept the AWS credentials") || strings.Contains(err.Error(), "not-the-secret") {
			t.Errorf("with a wrong secret: %v", err)
		}
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	if _, err := s3.Open(ctx, here(""), s3.Options{}); err == nil || !strings.Contains(err.Error(), "AWS_PROFILE") {
		t.Errorf("without credentials: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestAPartThatComesBackSpoiltIsFound changes a bit between the server and the
// reader: a small part's checksum comes with it, a large one's is in its
// publication, for which see operator.Verify. A stalled answer is an error too.
func TestAPartThatComesBackSpoiltIsFound(t *testing.T) {
	s := startServer(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	ctx := context.Background()
	b := open(t, here(""), s3.Options{Stall: time.Second})
	if err := b.Put(ctx, part, bytes.NewReader(make([]byte, 1<<20))); err != nil {
		t.Fatal(err)
	}
	whole := func() error {
		r, err := b.Open(ctx, part)
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = io.Copy(io.Discard, r)
		return err
	}
	if err := whole(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(io.Reader) io.Reader{
		"checksum": func(from io.Reader) io.Reader { return &flipping{from: from} },
		"timeout": func(from io.Reader) io.Reader {
			hang := make(chan struct{})
			t.Cleanup(func() { close(hang) })
			return io.MultiReader(io.LimitReader(from, 1000), reader(func([]byte) (int, error) { <-hang; return 0, io.EOF }))
		},
	} {
		s.set(nil, func(r *http.Response) error {
			if r.Request.Method == http.MethodGet {
				r.Body = struct {
					io.Reader
					io.Closer
				}{spoil(r.Body), r.Body}
			}
			return nil
		})
		if err := whole(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
}

// TestWhatIsTooLongIsNotReadToItsEnd: a lock, and what a put takes the place of, that have
// no end.
func TestWhatIsTooLongIsNotReadToItsEnd(t *testing.T) {
	network := storetest.NewNetwork(t)
	const most, end = 64 << 20, 65 << 20
	var long bool
	read := 0
	network.Spoil = func(r *http.Request, send func() *http.Response) (*http.Response, error) {
		answer := send()
		if long && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, ".json") {
			answer.Header.Del("Content-Length")
			answer.ContentLength = -1
			answer.Body = io.NopCloser(reader(func(p []byte) (int, error) {
				if read += len(p); read >= end {
					return len(p), io.EOF
				}
				return len(p), nil
			}))
		}
		return answer, nil
	}
	b := open(t, here("lake"), s3.Options{Transport: network})
	for _, key := range []string{"_lock.json", "_runs/r.json"} {
		if err := b.Put(t.Context(), key, strings.NewReader("{}")); err != nil {
			t.Fatal(err)
		}
	}
	long = true
	for name, do := range map[string]func() string{
		"lock": func() string { _, err := b.Lock(t.Context(), "run"); return fmt.Sprint(err) },
		"put":  func() string { return fmt.Sprint(b.Put(t.Context(), "_runs/r.json", strings.NewReader("{}"))) },
	} {
		read = 0
		said := do()
		if want := map[string]string{"lock": "is not a lock", "put": "<nil>"}[name]; !strings.Contains(said, want) {
			t.Errorf("%s: %s", name, said)
		}
		if read < most/2 || read > most+1<<16 {
			t.Errorf("%s: %d bytes were read", name, read)
		}
	}
}
