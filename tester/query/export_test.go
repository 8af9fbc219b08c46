package query

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A file is what DuckDB writes, for its owner alone, also over one that was there, and
// in place of a link, not through it; what begins like a formula is text, unless the
// file is to be raw.
func TestExport(t *testing.T) {
	db := database(t)
	const rows = `SELECT * FROM (VALUES (1, '=SUM(A1)', -2.5, NULL), (2, 'say "hi", you', 3, '-1'), (3, '@x', 0, e'\tx'), (4, 'a=b', 1, ''), (5, '|cmd', 1, '%x')) AS t(id, "=odd name", n, v)`
	for _, c := range []struct {
		format Format
		raw    bool
		want   string
	}{
		{CSV, true, "id,=odd name,n,v\n1,=SUM(A1),-2.5,\n2,\"say \"\"hi\"\", you\",3.0,-1\n3,@x,0.0,\tx\n4,a=b,1.0,\"\"\n5,|cmd,1.0,%x\n"},
		{CSV, false, "id,'=odd name,n,v\n1,'=SUM(A1),-2.5,\n2,\"say \"\"hi\"\", you\",3.0,'-1\n3,'@x,0.0,'\tx\n4,a=b,1.0,\"\"\n5,'|cmd,1.0,'%x\n"},
		{Parquet, false, ""},
	} {
		path := filepath.Join(t.TempDir(), "it's."+string(c.format))
		const before = "what was there before, and is longer than the rows"
		elsewhere := filepath.Join(t.TempDir(), "elsewhere")
		if err := errors.Join(os.WriteFile(elsewhere, []byte(before), 0o644), os.Symlink(elsewhere, path)); err != nil {
			t.Fatal(err)
		}
		if err := Export(t.Context(), db, rows, path, c.format, c.raw); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(elsewhere); string(b) != before {
			t.Errorf("%s: written through a link: %q, %v", c.format, b, err)
		}
		if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", c.format, info.Mode(), err)
		}
		b, err := os.ReadFile(path)
		if err != nil || c.want != "" && string(b) != c.want || c.want == "" && string(b[:4]) != "PAR1" {
			t.Errorf("%s, %v: %q, %v", c.format, c.raw, b, err)
		}
	}
	if err := Export(t.Context(), db, rows, filepath.Join(t.TempDir(), "x"), JSON, false); err == nil {
		t.Error("json is written")
	}
}

// A table's file lies in the folder, whatever a connector calls the table.
func TestFileName(t *testing.T) {
	for table, want := range map[string]string{
		"conversation":     "conversation.csv",
		"Größe, 桜 it's":    "Größe, 桜 it's.csv",
		"../../etc/passwd": "%2E.%2F..%2Fetc%2Fpasswd.csv",
		"a/b":              "a%2Fb.csv",
		"a%2Fb":            "a%252Fb.csv",
		`c:\a`:             "c%3A%5Ca.csv",
		"new\nline":        "new%0Aline.csv",
		"":                 ".csv",
	} {
		if got := FileName(table, CSV); got != want {
			t.Errorf("%q: %q, want %q", table, got, want)
		}
	}
}
