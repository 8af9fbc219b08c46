package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"intercom-connector/operator/lake/s3"
)

func TestOpenRefusesWhatIsNoPlace(t *testing.T) {
	for _, location := range []string{"", "lake", "s3://", "s3:///lake", "https://bucket/lake", "s3://b/a//b", "s3://b/../c", "s3://user@b/c", "s3://b?x=1"} {
		if _, err := s3.Open(context.Background(), location, s3.Options{}); err == nil || !strings.Contains(err.Error(), "s3://bucket/prefix") {
			t.Errorf("Open(%q) = %v, want an error that shows what it should look like", location, err)
		}
	}
}

func TestObjectsComeBackAsTheyWere(t *testing.T) {
	s := startServer(t)
	b := open(t, here("a/lake"), s3.Options{})
	ctx := context.Background()
	random := rand.NewChaCha8([32]byte{})
	contents := map[string][]byte{
		"contact/dt=2026-05-04/r-00000.ndjson.gz": {},
		"contact/dt=2026-05-04/r-00001.ndjson.gz": make([]byte, 3),
		"contact/dt=2026-05-05/r-00000.ndjson.gz": make([]byte, 5<<20),
		"contact/dt=2026-05-05/r-00001.ndjson.gz": make([]byte, 17<<20+1), // four parts
		"_runs/r.json": make([]byte, 400),
	}
	var keys []string
	for key, data := range contents {
		random.Read(data)
		keys = append(keys, key)
		if err := b.Put(ctx, key, io.MultiReader(bytes.NewReader(data))); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(keys)
	var listed []string
	for key, err := range b.List(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, key)
	}
	if !slices.Equal(listed, keys) {
		t.Errorf("listed %q, want %q", listed, keys)
	}
	for key, data := range contents {
		if got := read(t, b, key); !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes came back, %d were written, or others", key, len(got), len(data))
		}
		if err := b.Remove(ctx, key); err != nil {
			t.Error(err)
		}
		if _, err := b.Open(ctx, key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("opening a removed %s = %v, want fs.ErrNotExist", key, err)
		}
		if err := b.Remove(ctx, key); err != nil {
			t.Errorf("removing what is not there: %v", err)
		}
	}
	if got := s.count("UploadPart"); got != 5 {
		t.Errorf("%d parts were uploaded, want 5: one of 5 MiB, four of 17 MiB", got)
	}
	if empty, err := b.Empty(ctx); !empty || err != nil {
		t.Errorf("Empty = %v, %v once all is removed", empty, err)
	}
}

func read(t *testing.T, b *s3.Bucket, key string) []byte {
	t.Helper()
	r, err := b.Open(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
