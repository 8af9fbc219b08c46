package download

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"intercom-connector/intercom/transport"
)

// FuzzDecode holds the streaming decoder against the standard library's
// readers, which have the whole body in memory. What the decoder accepts, they
// read alike. For bodies without an archive the reverse holds as well; of
// archives the decoder refuses more, such as data after their end.
func FuzzDecode(f *testing.F) {
	const csv = "id,n\n1,\"a\nb\"\n"
	stored := func(w *zip.Writer) { raw(f, w, "a.csv", csv, zip.Store) }
	for _, body := range []string{
		"", csv, bom + csv, gz(csv), gz(csv) + gz(csv), gz(gz(csv)), gz(csv)[:20], gz(csv) + "x",
		tarOf(f, file{"a.csv", csv}, file{"b.csv", csv}), gz(tarOf(f, file{"a.csv", csv})),
		zipOf(f, file{"a.csv", csv}, file{"b.csv", csv}, file{"c.txt", "x"}), zipBy(f, stored), gz(zipBy(f, stored)),
		zipOf(f, file{"a.csv.gz", gz(csv)}),
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 1<<20 {
			return
		}
		got, err := decodeAll(t, string(body))
		want, archive, wantErr := oracle(body, 0)
		if err == nil && wantErr != nil {
			t.Fatalf("read %q, which the standard library does not: %v", transport.Clip(got, 200), wantErr)
		}
		if err == nil && got != want {
			t.Fatalf("read %q, the standard library %q", transport.Clip(got, 200), transport.Clip(want, 200))
		}
		if err != nil && wantErr == nil && !archive {
			t.Fatalf("refused what the standard library reads: %v", err)
		}
	})
}

// oracle decodes a body as decode should, with all of it in memory.
func oracle(body []byte, layer int) (csv string, archive bool, err error) {
	switch {
	case bytes.HasPrefix(body, []byte{0x1f, 0x8b}):
		if layer == maxLayers {
			return "", false, errors.New("too many layers")
		}
		body, err := gunzipAll(body)
		if err != nil {
			return "", false, err
		}
		return oracle(body, layer+1)
	case isZip(body):
		files, err := zipFiles(body)
		return joined(files, err)
	case isTar(body[:min(len(body), tarBlock)]):
		files, err := tarFiles(body)
		return joined(files, err)
	}
	return strings.TrimPrefix(string(body), bom), false, nil
}

func gunzipAll(body []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return readSome(z)
}

// readSome keeps bombs out of the tests.
func readSome(r io.Reader) ([]byte, error) {
	const most = 64 << 20
	b, err := io.ReadAll(io.LimitReader(r, most))
	if len(b) == most {
		err = errors.New("a bomb")
	}
	return b, err
}

func zipFiles(body []byte) ([]file, error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, err
	}
	at := func(f *zip.File) int64 { n, _ := f.DataOffset(); return n }
	slices.SortFunc(z.File, func(a, b *zip.File) int { return cmp.Compare(at(a), at(b)) })
	var files []file
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		content, err := readSome(r)
		if err != nil {
			return nil, err
		}
		files = append(files, file{f.Name, string(content)})
	}
	return files, nil
}

func tarFiles(body []byte) ([]file, error) {
	var files []file
	for r := tar.NewReader(bytes.NewReader(body)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := readSome(r)
		if err != nil {
			return nil, err
		}
		if h.Typeflag == tar.TypeReg || h.Typeflag == tar.TypeCont || h.Typeflag == tar.TypeGNUSparse {
			files = append(files, file{h.Name, string(content)})
		}
	}
}

// joined is the plain way to say what concat does.
func joined(files []file, err error) (string, bool, error) {
	var all, first string
	any := false
	for _, f := range files {
		if !namesCSV(f.name) {
			continue
		}
		any = true
		content := []byte(f.content)
		for layer := 0; bytes.HasPrefix(content, []byte{0x1f, 0x8b}) && err == nil; layer++ {
			if content, err = gunzipAll(content); layer == maxLayers {
				err = errors.New("too many layers")
			}
		}
		text := strings.TrimPrefix(string(content), bom)
		header := text[:headerEnd(text)]
		bare := strings.TrimRight(header, "\r\n")
		switch {
		case first == "":
			first = bare
			all += text
		case text == "":
		case bare != first:
			err = cmp.Or(err, errors.New("another header"))
		default:
			if !strings.HasSuffix(all, "\n") {
				all += "\n"
			}
			all += text[len(header):]
		}
	}
	if !any {
		err = cmp.Or(err, errors.New("no CSV"))
	}
	return all, true, err
}

func headerEnd(text string) int {
	quoted := false
	for i, b := range []byte(text) {
		switch {
		case b == '"':
			quoted = !quoted
		case b == '\n' && !quoted:
			return i + 1
		}
	}
	return len(text)
}

// FuzzArchive writes archives by the standard library, of all the forms that
// can be read as they flow, and wants their contents back. A cut-off archive
// must be an error.
func FuzzArchive(f *testing.F) {
	f.Add("id\n", "1\n", "2", uint8(0), uint16(100))
	f.Add("id,\"a\nb\"\r\n", "1,2\r\n", "3,4\r\n", uint8(5), uint16(900))
	f.Add("x\n", strings.Repeat("1\n", 3000), "", uint8(26), uint16(1))
	f.Fuzz(func(t *testing.T, header, one, two string, form uint8, cut uint16) {
		if headerEnd(header) != len(header) || strings.Count(header, `"`)%2 != 0 || !strings.HasSuffix(header, "\n") || strings.TrimRight(header, "\r\n") == "" ||
			strings.HasPrefix(header, bom) || isGzip([]byte(header)) {
			return
		}
		files := []file{{"d/one.csv", header + one}, {"two.csv", header + two}}
		if form&1 != 0 {
			files = slices.Insert(files, 1, file{"notes.txt", one})
		}
		want := header + one
		if !strings.HasSuffix(want, "\n") {
			want += "\n"
		}
		want += two
		var body string
		switch form >> 1 & 3 {
		case 0:
			body = tarOf(t, files...)
		case 1:
			body = zipOf(t, files...)
		case 2:
			body = zipBy(t, func(w *zip.Writer) {
				for _, f := range files {
					raw(t, w, f.name, f.content, zip.Store)
				}
			})
		case 3:
			body = zipBy(t, func(w *zip.Writer) {
				for _, f := range files {
					raw(t, w, f.name, f.content, zip.Deflate)
				}
			})
		}
		for range form >> 3 & 3 {
			body = gz(body)
		}
		if got, err := decodeAll(t, body); err != nil || got != want {
			t.Fatalf("got %q, %v, want %q", transport.Clip(got, 300), err, transport.Clip(want, 300))
		}
		// A tar ends by two blocks of zeros, of which one will do, and padding.
		if n := len(body) - 1 - int(cut); n > 600 && (form&0x1e != 0 || cut > 1024) {
			if got, err := decodeAll(t, body[:n]); err == nil {
				t.Fatalf("the first %d of %d bytes look whole: %q", n, len(body), transport.Clip(got, 300))
			}
		}
	})
}
