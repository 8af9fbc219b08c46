package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/s3"
	"intercom-connector/operator/lake/storetest"
)

func ask(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"query"}, args...), strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// An empty lake has its tables, without rows, so that every question can be
// asked from the first day on.
func TestQueryLake(t *testing.T) {
	lake := filepath.Join(t.TempDir(), "lake")
	if _, err := folder.Open(lake); err != nil {
		t.Fatal(err)
	}
	code, out, errs := ask(t, "--lake", lake, "--format", "csv", "SELECT count(*) AS members FROM contact_segment WHERE dt > '2026-01-01'")
	if code != 0 || out != "members\n0\n" {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	if code, _, errs := ask(t, "--lake", lake, "--recipe", "tag-growth"); code != 0 {
		t.Errorf("a recipe: exit %d, %q", code, errs)
	}
}

// A lake of which a day is damaged is not asked without it.
func TestQueryDamagedLake(t *testing.T) {
	lake := t.TempDir()
	damaged := filepath.Join(lake, "_published", "tag", "dt=2026-05-03.json")
	if err := errors.Join(os.MkdirAll(filepath.Dir(damaged), 0o700), os.WriteFile(damaged, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	code, _, errs := ask(t, "--lake", lake, "SELECT 1")
	if code != 1 || !strings.Contains(errs, "dt=2026-05-03.json: ") || !strings.Contains(errs, "verify --repair") {
		t.Errorf("exit %d, %q", code, errs)
	}
}

func TestQueryLakeUsage(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "nowhere")
	tests := []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, `ask something: query "SELECT ..."`},
		{[]string{"--lake", missing, "--set", "segment=Trial", "SELECT 1"}, 2, "--set is for --recipe"},
		{[]string{"--lake", missing, "--recipe", "who-is-in-segment", "--set", "tag=x"}, 2, "write segment=..."},
		{[]string{"--lake", missing, "--recipe", "who-is-in-segment", "--set", "segment=Trial, or none"}, 1, "there is no lake"},
		{[]string{"--recipe", "tag-growth"}, 2, "recipes ask a lake: name its folder with --lake"},
		{[]string{"--lake", missing, "--recipe", "tag-grow"}, 2, `there is no recipe "tag-grow"; there are `},
		{[]string{"--lake", missing, "--recipe", "tag-growth", "SELECT 1"}, 2, "ask a statement, a file or a recipe, not several of them"},
		{[]string{"--lake", missing, "SELECT 1"}, 1, "there is no lake"},
	}
	for _, test := range tests {
		code, _, errs := ask(t, test.args...)
		if code != test.code || !strings.Contains(errs, test.want) {
			t.Errorf("%v: exit %d, %q", test.args, code, errs)
		}
	}
}

// A lake in S3 is asked as one in a folder is; a part that is not what was published
// is an error.
func TestQueryLakeInS3(t *testing.T) {
	address := storetest.Serve(t)
	storetest.Environment(t, "http://"+address)
	place := "s3://" + storetest.Bucket + "/daily"
	temporary := t.TempDir() // not what others use as well
	t.Setenv("TMPDIR", temporary)
	if code, _, errs := ask(t, "--lake", place, "SELECT 1"); code != 1 || !strings.Contains(errs, `there is no lake at "s3://`) {
		t.Errorf("exit %d, %q", code, errs)
	}
	bucket, err := s3.Open(t.Context(), place, s3.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const old = "../../operator/testdata/82197ad/published"
	err = filepath.WalkDir(old, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		key, _ := filepath.Rel(old, path)
		return bucket.Put(t.Context(), filepath.ToSlash(key), file)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := ask(t, "--lake", old, "--format", "csv", "SELECT dt, count(*) FROM conversation GROUP BY 1 ORDER BY 1")
	code, out, errs := ask(t, "--lake", place, "--format", "csv", "SELECT dt, count(*) FROM conversation GROUP BY 1 ORDER BY 1")
	if code != 0 || out != want || strings.Count(out, "\n") < 3 {
		t.Errorf("exit %d, %q, want %q: %s", code, out, want, errs)
	}
	if left, _ := filepath.Glob(filepath.Join(temporary, "lake-*")); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	var none bytes.Buffer // a file that can be read, and lacks the rows
	if err := gzip.NewWriter(&none).Close(); err != nil {
		t.Fatal(err)
	}
	if err := bucket.Put(t.Context(), "conversation/dt=2026-05-01/20260504T093000Z-55f716-00000.ndjson.gz", &none); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := ask(t, "--lake", place, "SELECT count(*) FROM conversation"); code != 1 || !strings.Contains(errs, "20260504T093000Z-55f716-00000") {
		t.Errorf("exit %d, %q", code, errs)
	}
}

// What reaches S3 would be a fifth of what is compiled before anybody's first sync.
func TestNoAWSInside(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil || strings.Contains(string(out), "github.com/aws/") {
		t.Errorf("%v: it depends on the AWS SDK", err)
	}
}
