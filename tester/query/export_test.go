package query

import (
	"os"
	"path/filepath"
	"testing"
)

// A file is what DuckDB writes, for its owner alone, also over one that was there;
// for spreadsheets, text that begins like a formula is text.
func TestExport(t *testing.T) {
	db := database(t)
	const rows = `SELECT * FROM (VALUES (1, '=SUM(A1)', -2.5, NULL), (2, 'say "hi", you', 3, '-1'), (3, '@x', 0, e'\tx'), (4, 'a=b', 1, '')) AS t(id, "odd name", n, v)`
	for _, c := range []struct {
		format      Format
		spreadsheet bool
		want        string
	}{
		{CSV, false, "id,odd name,n,v\n1,=SUM(A1),-2.5,\n2,\"say \"\"hi\"\", you\",3.0,-1\n3,@x,0.0,\tx\n4,a=b,1.0,\"\"\n"},
		{CSV, true, "id,odd name,n,v\n1,'=SUM(A1),-2.5,\n2,\"say \"\"hi\"\", you\",3.0,'-1\n3,'@x,0.0,'\tx\n4,a=b,1.0,\"\"\n"},
		{Parquet, false, ""},
	} {
		path := filepath.Join(t.TempDir(), "it's."+string(c.format))
		if err := os.WriteFile(path, []byte("what was there before, and is longer than the rows"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Export(t.Context(), db, rows, path, c.format, c.spreadsheet); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", c.format, info.Mode(), err)
		}
		b, err := os.ReadFile(path)
		if err != nil || c.want != "" && string(b) != c.want || c.want == "" && string(b[:4]) != "PAR1" {
			t.Errorf("%s, %v: %q, %v", c.format, c.spreadsheet, b, err)
		}
	}
	if err := Export(t.Context(), db, rows, filepath.Join(t.TempDir(), "x"), JSON, false); err == nil {
		t.Error("json is written")
	}
}
