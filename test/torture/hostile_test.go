package torture

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

// hostile is a download that nobody should ever send.
type hostile struct {
	name string
	body func(w io.Writer) error
	want string // of the error; "" when its one row lands
}

const (
	header = "call.call_id,timestamp.call_initiated_at,call.call_state\n"
	oneRow = "c1,2026-03-09 11:00:00,Completed\n"
	tenGB  = 10 << 30
)

var hostiles = []hostile{
	{
		"gzip bomb", func(w io.Writer) error { return repeat(w, member(header+oneRow+"c2,"), member(blank), tenGB) },
		`call: row 2, column "timestamp.call_initiated_at": longer than 16 MB`,
	},
	{"gzip bomb of newlines", func(w io.Writer) error { return repeat(w, member(header+oneRow), member(newlines), skipped()) }, ""},
	{"gzip in gzip in gzip", func(w io.Writer) error { return russian(w, 6) }, "gzip within gzip, more than 4 times"},
	{
		"bomb before the header", func(w io.Writer) error { return repeat(w, member("call.call_id,"), member(blank), tenGB) },
		"longer than 16 MB",
	},
	{
		"zip bomb", func(w io.Writer) error { return zipped(w, "data.csv", header+oneRow+`c2,"`, bomb()) },
		`call: row 2, column "timestamp.call_initiated_at": longer than 16 MB`,
	},
	{"zip with a bomb beside the data", func(w io.Writer) error { return besideZip(w, skipped()) }, ""},
	{"zip of far too many files", manyFiles, "zip: more than 10000 files"},
	{
		"tar bomb", func(w io.Writer) error { return tarred(w, "data.csv", header+oneRow+"c2,", bomb()) },
		`call: row 2, column "timestamp.call_initiated_at": longer than 16 MB`,
	},
	{"tar with hostile names", hostileTar, ""},
	{"tar with a link", func(w io.Writer) error {
		return linked(w, tar.Header{Name: "data.csv", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"})
	}, `tar: "data.csv" is a link or a device, not a file`},
	{"tar with a device", func(w io.Writer) error {
		return linked(w, tar.Header{Name: "data.csv", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 5})
	}, `tar: "data.csv" is a link or a device, not a file`},
	{"zip with hostile names", hostileZip, ""},
	{"a field of 64 MB", func(w io.Writer) error {
		return repeat(w, []byte(header+oneRow+"c2,2026-03-09 11:00:00,\""), []byte(blank), 64<<20)
	}, `call: row 2, column "call.call_state": longer than 16 MB`},
	{
		"too many columns", func(w io.Writer) error {
			return repeat(w, []byte(header+oneRow+"c2"), []byte(strings.Repeat(",", 1<<20)), 1<<20)
		},
		"call: row 2",
	},
	{
		"another table", func(w io.Writer) error { _, err := io.WriteString(w, "id,token\n1,2\n"); return err },
		`the CSV has no column "call.call_id", asked for as number 1 of 3; it has 2 columns`,
	},
	{
		"no CSV at all", func(w io.Writer) error {
			_, err := w.Write(bytes.Repeat([]byte{0, 1, 2, 3, 254, 255}, 1000))
			return err
		},
		`the header: it holds NUL, as text does that is not UTF-8`,
	},
}

// memoryMost is what one hostile download may take of memory at a time: the
// largest field, the room it grew from and the read-ahead.
const memoryMost = 96 << 20

// TestHostileDownloads: each is refused by name or read, at no cost of memory,
// and nothing touches the disk.
func TestHostileDownloads(t *testing.T) {
	t.Chdir(t.TempDir())
	var most int64
	for _, h := range hostiles {
		options := sandbox.Options{Timezone: "UTC", Datasets: quiet(monday)[:1]}
		answer := func(workspace http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if kindOf(r.URL.Path) != download {
					workspace.ServeHTTP(w, r)
				} else if err := h.body(w); err != nil {
					panic(http.ErrAbortHandler)
				}
			})
		}
		began := time.Now()
		stop := watchHeap() // outside of the bubble, where time does not stand still
		inBubble(t, monday, options, answer, func(w *world) {
			w.set("dataset_id", "call", "window_seconds", "86400", "lookback_days", "0", "initial_start_time", monday.Add(-day).Format(time.RFC3339))
			if err := w.destination.schema(w.connector, w.configuration); err != nil {
				w.t.Fatal(err)
			}
			err := w.sync()
			switch {
			case h.want == "" && err != nil, h.want != "" && (err == nil || !strings.Contains(err.Error(), h.want)):
				w.t.Errorf("%s: got %v, want %q", h.name, err, h.want)
			case h.want == "" && len(w.destination.tables["call"]) != 1:
				w.t.Errorf("%s: %d rows landed, want 1", h.name, len(w.destination.tables["call"]))
			}
		})
		peak := stop()
		t.Logf("%s: %v, %d MB", h.name, time.Since(began).Round(time.Millisecond), peak>>20)
		most = max(most, peak)
		if peak > memoryMost {
			t.Errorf("%s: took %d MB", h.name, peak>>20)
		}
	}
	if left, err := filepath.Glob("*"); len(left) > 0 || err != nil {
		t.Errorf("on the disk: %q %v", left, err)
	}
	if _, err := os.Stat(filepath.Join("..", "evil.csv")); err == nil {
		t.Error("a name within an archive became a file")
	}
	figure("hostile: %d kinds of download, bombs of 10 GB among them; the most memory that one took was %d MB", len(hostiles), most>>20)
}

// watchHeap samples the memory in use until stop tells how far it grew.
func watchHeap() (stop func() int64) {
	before := heap()
	var peak int64
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		rhythm := time.NewTicker(5 * time.Millisecond)
		defer rhythm.Stop()
		for {
			select {
			case <-done:
				return
			case <-rhythm.C:
			}
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			peak = max(peak, int64(stats.HeapAlloc))
		}
	}()
	return func() int64 {
		close(done)
		<-ended
		return peak - before
	}
}

// TestHugeErrorBody: of an error that goes on for a gigabyte, 64 KB are read.
func TestHugeErrorBody(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: quiet(monday)}, nil, func(w *world) {
		w.timeouts(intercom.Timeouts{Retry: -1})
		w.saboteur.sabotage(func(kind, int) faults.Fault { return faults.HugeErrorBody })
		err := w.destination.schema(w.connector, w.configuration)
		if err == nil || !strings.Contains(err.Error(), "500 Internal Server Error") || len(err.Error()) > 1000 {
			w.t.Errorf("got %v", err)
		}
		if n := w.saboteur.read.Load(); n > 128<<10 {
			w.t.Errorf("%d bytes were read", n)
		}
	})
}

var (
	blank    = strings.Repeat("x", 1<<20)
	newlines = strings.Repeat("\n", 1<<20)
)

// repeat writes first and then more, again and again, until so many
// uncompressed megabytes have gone or nobody takes any more.
func repeat(w io.Writer, first, more []byte, size int) error {
	_, err := w.Write(first)
	for sent := 0; err == nil && sent < size; sent += 1 << 20 {
		_, err = w.Write(more)
	}
	return err
}

// member is a text as one member of a gzip file.
func member(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.Bytes()
}

func russian(w io.Writer, layers int) error {
	body := []byte(header + oneRow)
	for range layers {
		body = member(string(body))
	}
	_, err := w.Write(body)
	return err
}

// bomb is how large a file is that is compressed as it goes, which takes time.
func bomb() int { return choose(20<<20, tenGB) }

// skipped is how large a file is that is read past.
func skipped() int { return choose(4<<20, 1<<30) }

func zipped(w io.Writer, name, first string, size int) error {
	archive := zip.NewWriter(w)
	f, err := archive.Create(name)
	if err == nil {
		err = repeat(f, []byte(first), []byte(blank), size)
	}
	return errors.Join(err, archive.Close())
}

func besideZip(w io.Writer, size int) error {
	archive := zip.NewWriter(w)
	f, err := archive.Create("readme.txt")
	if err == nil {
		err = repeat(f, nil, []byte(blank), size)
	}
	if err == nil {
		f, err = archive.Create("data.csv")
	}
	if err == nil {
		_, err = io.WriteString(f, header+oneRow)
	}
	if err == nil {
		err = archive.Close()
	}
	return err
}

func manyFiles(w io.Writer) error {
	archive := zip.NewWriter(w)
	for i := range 10_001 {
		if _, err := archive.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("%d.txt", i)}); err != nil {
			return err
		}
	}
	return archive.Close()
}

func tarred(w io.Writer, name, first string, size int) error {
	z := gzip.NewWriter(w)
	archive := tar.NewWriter(z)
	err := archive.WriteHeader(&tar.Header{Name: name, Size: int64(len(first) + size), Mode: 0o644})
	if err == nil {
		err = repeat(archive, []byte(first), []byte(blank), size)
	}
	return errors.Join(err, archive.Close(), z.Close())
}

// hostileNames lead out of a folder on one system or another.
var hostileNames = []string{
	"../evil.csv", "../../../../tmp/evil.csv", "/tmp/evil.csv", `..\evil.csv`, `C:\evil.csv`, "evil\x00.csv.csv", "CON.csv", "a/../../evil.csv",
}

func hostileTar(w io.Writer) error {
	z := gzip.NewWriter(w)
	archive := tar.NewWriter(z)
	for _, name := range hostileNames {
		if strings.Contains(name, "\x00") {
			continue // which the format cannot hold
		}
		if err := archive.WriteHeader(&tar.Header{Name: name, Size: int64(len(header + oneRow)), Mode: 0o4777}); err != nil {
			return err
		}
		if _, err := io.WriteString(archive, header+oneRow); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), z.Close())
}

func linked(w io.Writer, link tar.Header) error {
	z := gzip.NewWriter(w)
	archive := tar.NewWriter(z)
	return errors.Join(archive.WriteHeader(&link), archive.Close(), z.Close())
}

func hostileZip(w io.Writer) error {
	archive := zip.NewWriter(w)
	for _, name := range hostileNames {
		f, err := archive.Create(name)
		if err == nil {
			_, err = io.WriteString(f, header+oneRow)
		}
		if err != nil {
			return err
		}
	}
	return archive.Close()
}
