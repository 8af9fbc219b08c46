package download

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"intercom-connector/intercom/transport"
)

func decodeAll(t testing.TB, body string) (string, error) {
	t.Helper()
	r, err := decode(t.Context(), strings.NewReader(body))
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(r)
	return string(b), err
}

const bom = "\xef\xbb\xbf"

func TestDecode(t *testing.T) {
	const csv = "id,name\n1,\"a, b\"\n2,été\n"
	for _, tt := range []struct{ name, body, want string }{
		{"nothing", "", ""},
		{"plain", csv, csv},
		{"one byte", "x", "x"},
		{"BOM", bom + csv, csv},
		{"BOM alone", bom, ""},
		{"one BOM only", bom + bom + csv, bom + csv},
		{"gzip", gz(csv), csv},
		{"gzip of nothing", gz(""), ""},
		{"gzip in two members", gz(csv[:9]) + gz(csv[9:]), csv},
		{"gzip with an empty member", gz(csv) + gz(""), csv},
		{"gzip with zeros after it", gz(csv) + strings.Repeat("\x00", 70_000), csv},
		{"gzip of gzip with zeros after it", gz(gz(csv)+"\x00") + "\x00\x00", csv},
		{"gzip of gzip", gz(gz(csv)), csv},
		{"gzip with BOM", gz(bom + csv), csv},
		{"tar.gz", gz(tarOf(t, file{"a.csv", csv})), csv},
		{"tar", tarOf(t, file{"a.csv", csv}), csv},
		{"tar.gz twice compressed", gz(gz(tarOf(t, file{"a.csv", csv}))), csv},
		{"zip", zipOf(t, file{"a.csv", csv}), csv},
		{"zip in gzip", gz(zipOf(t, file{"a.csv", csv})), csv},
		{"zip with gzip inside", zipOf(t, file{"a.csv.gz", gz(csv)}), csv},
		{"BOM inside zip", zipOf(t, file{"a.csv", bom + csv}), csv},
		{"several files", gz(tarOf(t, file{"d/", ""}, file{"d/a.csv", "id,n\n1,a\n"}, file{"d/b.csv", "id,n\n2,b\n"})), "id,n\n1,a\n2,b\n"},
		{"several files in a zip", zipOf(t, file{"d/", ""}, file{"a.csv", "id,n\n1,a\n"}, file{"b.csv", "id,n\n2,b\n"}), "id,n\n1,a\n2,b\n"},
		{"several with BOM", zipOf(t, file{"a.csv", bom + "id\n1\n"}, file{"b.csv", bom + "id\n2\n"}), "id\n1\n2\n"},
		{"no newline at the end of files", tarOf(t, file{"a.csv", "id\n1"}, file{"b.csv", "id\n2"}, file{"c.csv", "id"}, file{"e.csv", "id\n3"}), "id\n1\n2\n3"},
		{"CRLF", tarOf(t, file{"a.csv", "id\r\n1\r\n"}, file{"b.csv", "id\r\n2\r\n"}), "id\r\n1\r\n2\r\n"},
		{"newline within the header", tarOf(t, file{"a.csv", "id,\"a\nb\"\n1,2\n"}, file{"b.csv", "id,\"a\nb\"\n3,4\n"}), "id,\"a\nb\"\n1,2\n3,4\n"},
		{"empty files", tarOf(t, file{"a.csv", ""}, file{"b.csv", "id\n2\n"}, file{"c.csv", ""}, file{"e.csv", "id\n3\n"}), "id\n2\n3\n"},
		{"header only", tarOf(t, file{"a.csv", "id\n"}, file{"b.csv", "id\n"}), "id\n"},
		{"other files", zipOf(t, file{"README.txt", "hello"}, file{"a.CSV", csv}, file{"__MACOSX/._a.csv", "\x00\x05\x16"}, file{"m.json", "{}"}), csv},
		{"hostile names", zipOf(t, file{"../../etc/passwd.csv", "id\n1\n"}, file{`C:\x\b.csv`, "id\n2\n"}, file{"/abs.csv", "id\n3\n"}), "id\n1\n2\n3\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, how := range []func(io.Reader) io.Reader{nil, iotest.OneByteReader, iotest.DataErrReader} {
				var src io.Reader = strings.NewReader(tt.body)
				if how != nil {
					src = how(src)
				}
				r, err := decode(t.Context(), src)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				if string(got) != tt.want {
					t.Fatalf("got %q, want %q", got, tt.want)
				}
			}
		})
	}
}

// Every proper beginning of a packed body must fail: a cut-off download never
// looks whole.
func TestDecodeNoticesEveryTruncation(t *testing.T) {
	csv := strings.Repeat("id,name\n1,a\n", 50)
	named := func() string { // a second member whose header holds a file name
		s := gz(csv)
		head := []byte(s[:10])
		head[3] = 0x08
		return gz("id,name\n") + string(head) + "name.csv\x00" + s[10:]
	}()
	for _, tt := range []struct {
		name, body string
		whole      map[int]bool // lengths at which a shorter body is whole
	}{
		{name: "gzip", body: gz(csv)},
		{name: "gzip in members", body: named, whole: map[int]bool{len(gz("id,name\n")): true}},
		{name: "gzip of gzip", body: gz(gz(csv))},
		{name: "tar.gz", body: gz(tarOf(t, file{"a.csv", csv}, file{"b.csv", csv}))},
		{name: "zip", body: zipOf(t, file{"a.csv", csv}, file{"b.csv", csv})},
		{name: "zip with sizes first", body: zipBy(t, func(w *zip.Writer) { raw(t, w, "a.csv", csv, zip.Deflate) })},
		{name: "zip with a stored file", body: zipBy(t, func(w *zip.Writer) { raw(t, w, "a.csv", csv, zip.Store) })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := decodeAll(t, tt.body); err != nil {
				t.Fatal(err)
			}
			for n := 4; n < len(tt.body); n++ {
				if _, err := decodeAll(t, tt.body[:n]); (err == nil) != tt.whole[n] {
					t.Errorf("the first %d of %d bytes: %v", n, len(tt.body), err)
				}
			}
		})
	}
}

func TestDecodeNoticesATarCutBetweenFiles(t *testing.T) {
	whole := tarOf(t, file{"a.csv", "id\n1\n"}, file{"b.csv", "id\n2\n"})
	for n := 512; n <= len(whole)-1024; n++ {
		got, err := decodeAll(t, whole[:n])
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the first %d bytes: got %q, %v", n, got, err)
		}
	}
}

func TestDecodeNoticesEveryChangedByteOfAChecksum(t *testing.T) {
	body := []byte(gz("id\n1\n"))
	for i := len(body) - 8; i < len(body); i++ {
		body[i] ^= 1
		if _, err := decodeAll(t, string(body)); err == nil {
			t.Errorf("byte %d changed, and nothing said", i)
		}
		body[i] ^= 1
	}
}

// raw adds a file with its sizes in the header before it.
func raw(t testing.TB, w *zip.Writer, name, content string, method uint16) {
	t.Helper()
	packed := []byte(content)
	if method == zip.Deflate {
		var b bytes.Buffer
		f, _ := flate.NewWriter(&b, 6)
		f.Write(packed)
		f.Close()
		packed = b.Bytes()
	}
	e, err := w.CreateRaw(&zip.FileHeader{
		Name: name, Method: method, CRC32: crc32.ChecksumIEEE([]byte(content)),
		CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(len(content)),
	})
	if err != nil {
		t.Fatal(err)
	}
	e.Write(packed)
}

func TestDecodeRefusesByName(t *testing.T) {
	patch := func(s string, at int, b byte) string { return s[:at] + string(b) + s[at+1:] }
	one := zipOf(t, file{"a.csv", "id\n1\n"})
	bomb := "id\n"
	for range maxLayers + 1 {
		bomb = gz(bomb)
	}
	for _, tt := range []struct {
		name, body, want string
		final            bool // trying again cannot help
	}{
		{"no CSV in a zip", zipOf(t, file{"a.txt", "x"}, file{"b\n.json", "{}"}), `holds no CSV, only "a.txt", "b\n.json"`, true},
		{"no CSV in a tar", gz(tarOf(t, file{"a.txt", "x"})), `holds no CSV, only "a.txt"`, true},
		{"a folder in a zip", zipOf(t, file{"a.csv/", ""}), `holds no CSV, only "a.csv/"`, true},
		{"a link in a tar", gz(tarOf(t, file{"b.csv", "id\n"}, file{"a.csv", linked})), `"a.csv" is a link`, true},
		{"empty zip", zipOf(t), "the archive is empty", true},
		{"empty tar", tarOf(t), "the archive is empty", true},
		{"other columns", zipOf(t, file{"a.csv", "id,a\n1,2\n"}, file{"b.csv", "id,b\n"}), `the first lines of "a.csv" (4 bytes) and "b.csv" (4 bytes) differ`, true},
		{"blank line in place of a header", zipOf(t, file{"a.csv", "id\n1"}, file{"b.csv", "\n2\n"}), "different columns", true},
		{"encrypted", patch(one, 6, one[6]|1), `"a.csv": it is encrypted`, true},
		{"method", patch(one, 8, 12), `"a.csv": compression method 12`, true},
		{"stored with sizes after", zipBy(t, func(w *zip.Writer) { w.CreateHeader(&zip.FileHeader{Name: "a.csv", Method: zip.Store}) }), "size after it", true},
		{"gzip without end", bomb, "gzip within gzip", true},
		{"long header", gz(tarOf(t, file{"a.csv", strings.Repeat("x", maxHeader+1)})), "header line is longer than 4 MB", true},
		{"after a zip's end", one + "x", "data after the archive's end", true},
		{"after a tar's end", tarOf(t, file{"a.csv", "id\n"}) + "x", "data after the archive's end", true},
		{"zeros after a tar's end", gz(tarOf(t, file{"a.csv", "id\n"}) + strings.Repeat("\x00", maxTarPadding+1)), "data after the archive's end", true},
		{"after a gzip's end", gz("id\n") + "x", "gunzip", false},
		{"zip with a wrong checksum", patch(one, strings.Index(one, "PK\x07\x08")+4, 0), "checksum or size is wrong", false},
		{"directory with another name", patch(one, strings.LastIndex(one, "a.csv"), 'b'), "is not as the directory lists it", false},
		{"directory that is elsewhere", patch(one, len(one)-6, one[len(one)-6]+1), "and announces", false},
		{"directory that announces more", patch(one, len(one)-12, 2), "has 1 files in 51 bytes, and announces 2 in 51", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := decodeAll(t, tt.body)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if transport.IsRefusal(err) != tt.final {
				t.Errorf("final is %v: %v", transport.IsRefusal(err), err)
			}
		})
	}
}

// A small body that expands without measure is ended by its context, although
// it has been read from the network already.
func TestDecodeEndsWithItsContext(t *testing.T) {
	body := gz(gz(tarOf(t, file{"a.txt", strings.Repeat("\x00", 8<<20)}, file{"a.csv", "id\n1\n"})))
	if len(body) > decodeBuffer {
		t.Fatalf("the body has %d bytes: more than one read", len(body))
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, err := decode(ctx, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if got, err := io.ReadAll(r); !errors.Is(err, context.Canceled) {
		t.Errorf("got %q, %v", got, err)
	}
}

// What expands a thousandfold costs time, not memory.
func TestDecodeHoldsNothingOfABomb(t *testing.T) {
	const size = 24 << 20
	content := "id\n" + strings.Repeat("1\n", size/2)
	for name, body := range map[string]string{
		"gzip": gz(content), "gzip of gzip": gz(gz(content)),
		"tar.gz": gz(tarOf(t, file{"a.csv", content})), "zip": zipOf(t, file{"a.csv", content}),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := decode(t.Context(), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		runtime.ReadMemStats(&after)
		if n != int64(len(content)) || err != nil {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 2<<20 {
			t.Errorf("%s: allocated %d bytes to decode %d into %d", name, used, len(body), n)
		}
	}
}

// An archive whose directory counts in 64 bits has two more records before its end.
func TestZip64(t *testing.T) {
	small := zipOf(t, file{"a.csv", "id\n1\n"})
	end := strings.LastIndex(small, "PK\x05\x06")
	le := binary.LittleEndian
	with := func(files uint64) string {
		record := append([]byte("PK\x06\x06"), make([]byte, 52)...)
		le.PutUint64(record[4:], 44)
		le.PutUint64(record[24:], files)
		le.PutUint64(record[32:], files)
		le.PutUint64(record[40:], uint64(le.Uint32([]byte(small[end+12:]))))
		le.PutUint64(record[48:], uint64(le.Uint32([]byte(small[end+16:]))))
		locator := append([]byte("PK\x06\x07"), make([]byte, 16)...)
		tail := []byte(small[end:])
		le.PutUint16(tail[8:], 0xffff)
		le.PutUint16(tail[10:], 0xffff)
		le.PutUint32(tail[12:], 0xffffffff)
		le.PutUint32(tail[16:], 0xffffffff)
		return small[:end] + string(record) + string(locator) + string(tail)
	}
	if got, err := decodeAll(t, with(1)); got != "id\n1\n" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := decodeAll(t, with(2)); err == nil || !strings.Contains(err.Error(), "has 1 files in 51 bytes, and announces 2 in 51") {
		t.Errorf("got %v", err)
	}
	for n := end; n < len(with(1)); n++ {
		if _, err := decodeAll(t, with(1)[:n]); err == nil {
			t.Errorf("the first %d bytes look whole", n)
		}
	}
}

func TestZipHasABoundOnItsFiles(t *testing.T) {
	body := func(n int) string {
		return zipBy(t, func(w *zip.Writer) {
			for range n {
				raw(t, w, "a.csv", "id\n", zip.Store)
			}
		})
	}
	if got, err := decodeAll(t, body(maxZipFiles)); got != "id\n" || err != nil {
		t.Errorf("got %q, %v", transport.Clip(got, 40), err)
	}
	if _, err := decodeAll(t, body(maxZipFiles+1)); err == nil || !strings.Contains(err.Error(), "more than 10000 files") {
		t.Errorf("got %v", err)
	}
}
