package download

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/intercom/transport"
)

// filesOf reads a body's files; of those that skip names only the name.
func filesOf(t testing.TB, body io.Reader, skip string) (got []file, err error) {
	t.Helper()
	files := NewFiles(t.Context(), NewBody(io.NopCloser(body)), Config{Fail: func(err error) error { return err }})
	defer files.Close()
	for {
		f, err := files.Next()
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		got = append(got, file{f.Name, ""})
		for skip == "" || !strings.Contains(f.Name, skip) {
			block, err := f.Next()
			got[len(got)-1].content += string(block)
			if err == io.EOF {
				break
			}
			if err != nil {
				return got, err
			}
		}
	}
}

// An export of several files gives each by its name, whatever it is packed in.
func TestFiles(t *testing.T) {
	long := strings.Repeat("1,a line of some length\n", 20_000)
	var many []file
	for i := range 40 {
		many = append(many, file{fmt.Sprintf("f%d.csv", i), strings.Repeat("x", i*7000)})
	}
	for _, tt := range []struct {
		name, body, skip string
		want             []file
	}{
		{"nothing", "", "", []file{{"", ""}}},
		{"plain", "id\n1\n", "", []file{{"", "id\n1\n"}}},
		{"gzip", gz(bom + "id\n1\n"), "", []file{{"", "id\n1\n"}}},
		{"zip", zipOf(t, file{"d/receipt_1.csv", bom + "id\n"}, file{"README.txt", "x"}, file{"open_1.csv", "id,at"}), "", []file{{"d/receipt_1.csv", "id\n"}, {"open_1.csv", "id,at"}}},
		{"zip in gzip, with gzip inside", gz(zipOf(t, file{"a.csv.gz", gz("id\n")}, file{"b.csv", "x"})), "", []file{{"a.csv.gz", "id\n"}, {"b.csv", "x"}}},
		{"tgz", gz(tarOf(t, file{"a.csv", "id\n"}, file{"b.csv", ""})), "", []file{{"a.csv", "id\n"}, {"b.csv", ""}}},
		{"one that is not read", zipOf(t, file{"a.csv", long}, file{"b.csv", "x"}), "a", []file{{"a.csv", ""}, {"b.csv", "x"}}},
		{"the last is not read", zipOf(t, file{"a.csv", "x"}, file{"b.csv", long}), "b", []file{{"a.csv", "x"}, {"b.csv", ""}}},
		{"long ones", zipOf(t, file{"a.csv", long}, file{"b.csv", long}), "", []file{{"a.csv", long}, {"b.csv", long}}},
		{"more than blocks", zipOf(t, many...), "", many},
	} {
		for _, how := range []func(io.Reader) io.Reader{nil, iotest.OneByteReader, iotest.DataErrReader} {
			var body io.Reader = strings.NewReader(tt.body)
			if how != nil && len(tt.body) < 10_000 {
				body = how(body)
			}
			got, err := filesOf(t, body, tt.skip)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(file{})); diff != "" || err != nil {
				t.Errorf("%s: %v\n%.500s", tt.name, err, diff)
			}
		}
	}
}

// A body that was cut off anywhere, or holds no CSV, never ends well.
func TestFilesAreNeverCutOff(t *testing.T) {
	whole := zipOf(t, file{"a.csv", "id\n1\n"}, file{"b.csv", "id\n2\n"})
	for n := 5; n < len(whole); n++ {
		if got, err := filesOf(t, strings.NewReader(whole[:n]), ""); err == nil {
			t.Fatalf("%d of %d bytes are taken for %q", n, len(whole), got)
		}
	}
	packed := gz(tarOf(t, file{"a.csv", "id\n1\n"}, file{"b.csv", "id\n2\n"}))
	for n := 2; n < len(packed); n++ { // one byte may be anything
		if got, err := filesOf(t, strings.NewReader(packed[:n]), ""); err == nil {
			t.Fatalf("%d of %d bytes are taken for %q", n, len(packed), got)
		}
	}
	_, err := filesOf(t, strings.NewReader(zipOf(t, file{"a.txt", "x"})), "")
	if !transport.IsRefusal(err) || !strings.Contains(err.Error(), `"a.txt"`) {
		t.Errorf("an archive without CSV: %v", err)
	}
}

// Files that are closed in the middle end their download.
func TestFilesAreClosed(t *testing.T) {
	body := &closing{Reader: strings.NewReader(zipOf(t, file{"a.csv", strings.Repeat("1,2\n", 1_000_000)}, file{"b.csv", "x"}))}
	files := NewFiles(t.Context(), NewBody(body), Config{Fail: func(err error) error { return err }})
	f, err := files.Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Next(); err != nil {
		t.Fatal(err)
	}
	files.Close()
	if _, err := f.Next(); err != errClosed || !body.closed.Load() {
		t.Errorf("after closing %v, the body is closed: %v", err, body.closed.Load())
	}
	if _, err := NoFiles().Next(); err != io.EOF {
		t.Errorf("no files: %v", err)
	}
}

type closing struct {
	io.Reader
	closed atomic.Bool
}

func (c *closing) Close() error {
	c.closed.Store(true)
	return nil
}
