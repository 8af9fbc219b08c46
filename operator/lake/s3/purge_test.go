package s3_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/erase"
	"intercom-connector/operator/lake/s3"
	"intercom-connector/operator/lake/storetest"
)

// TestPurge deletes, in a bucket that keeps versions, every version of the lake's
// files but the present ones, and none of files beside and between them. What was
// removed is at no moment there again.
func TestPurge(t *testing.T) {
	network := storetest.NewNetwork(t)
	network.KeepVersions(t)
	b := open(t, here("lake"), s3.Options{Transport: network})
	l := lake.New(b, lake.Options{})
	for range 2 { // the same day again
		run, err := l.Begin(t.Context(), []string{"contact"}, "2026-05-04", "2026-05-04")
		if err != nil {
			t.Fatal(err)
		}
		w := run.Table("contact", "2026-05-04", []tables.Column{{Name: "id", Kind: tables.String}}, false)
		for _, id := range []string{"5ba682d23d7cf92bef87bfd4", "5ba682d23d7cf92bef87bfd5"} {
			if err := w.Row(t.Context(), []any{id}); err != nil {
				t.Fatal(err)
			}
		}
		p, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if err := run.Commit(t.Context(), []lake.Publication{p}); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"one", "two"} {
		if err := b.Put(t.Context(), "contact/readme.txt", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if err := b.Put(t.Context(), "_aside/other/"+part, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if err := open(t, here("lake-2"), s3.Options{Transport: network}).Put(t.Context(), part, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := erase.Contact(t.Context(), l, "5ba682d23d7cf92bef87bfd5"); err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	before := versions(t, network)
	parts := 0
	for _, key := range before {
		if strings.HasSuffix(key, ".ndjson.gz") && strings.HasPrefix(key, "lake/") {
			parts++
		}
	}
	if parts != 5 {
		t.Fatalf("the bucket keeps %q: the test shows nothing", before)
	}
	present := keys(t, b)
	network.Spoil = func(r *http.Request, send func() *http.Response) (*http.Response, error) {
		answer := send()
		if r.Method == http.MethodDelete {
			if now := keys(t, b); !slices.Equal(now, present) {
				t.Errorf("after %s there is %q, not %q", r.URL, now, present)
			}
		}
		return answer, nil
	}
	if n, err := b.Purge(t.Context()); err != nil || n < 10 {
		t.Fatalf("%d versions, %v", n, err)
	}
	network.Spoil = nil
	var want []string
	for _, key := range present {
		want = append(want, "lake/"+key)
	}
	want = append(want, "lake/_lock.json", "lake/contact/readme.txt", "lake-2/"+part, "lake-2/"+part)
	got := versions(t, network)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("left are\n%q, not\n%q", got, want)
	}
	if v, err := audit.Verify(t.Context(), l); err != nil || v.Rows != 1 || len(v.Problems) > 0 {
		t.Errorf("%+v, %v", v, err)
	}
	if n, err := b.Purge(t.Context()); err != nil || n != 0 {
		t.Errorf("once more: %d, %v", n, err)
	}
	put := func() {
		if err := b.Put(t.Context(), "_reporting.json", strings.NewReader("{}")); err != nil {
			t.Error(err)
		}
	}
	put()
	put()
	written := false
	network.Spoil = func(r *http.Request, send func() *http.Response) (*http.Response, error) {
		answer := send()
		if r.Method == http.MethodDelete && !written {
			written = true
			put()
		}
		return answer, nil
	}
	if n, err := b.Purge(t.Context()); err == nil || !strings.Contains(err.Error(), "still keeps 1 old versions") || n != 1 {
		t.Errorf("what is written meanwhile: %d, %v", n, err)
	}
}

// keys are those that readers see.
func keys(t *testing.T, b *s3.Bucket) (all []string) {
	t.Helper()
	for key, err := range b.List(t.Context(), "") {
		if err != nil {
			t.Error(err)
		}
		all = append(all, key)
	}
	return all
}

// versions are the keys of all versions in the bucket, as often as there are some.
func versions(t *testing.T, network *storetest.Network) (all []string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://s3.localhost/"+storetest.Bucket+"?versions", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := network.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range bytes.Split(text, []byte("<Version>"))[1:] {
		_, rest, _ := bytes.Cut(version, []byte("<Key>"))
		key, _, _ := bytes.Cut(rest, []byte("</Key>"))
		all = append(all, string(key))
	}
	return all
}
