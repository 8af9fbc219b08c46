package query

import (
	"bytes"
	"database/sql"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"
)

func database(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("SET TimeZone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	return db
}

func ask1(t *testing.T, db *sql.DB, o Options, statements ...string) string {
	t.Helper()
	var b strings.Builder
	if err := Write(t.Context(), &b, db, statements, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormats(t *testing.T) {
	db := database(t)
	const statement = `SELECT *, DATE '2024-02-29' AS day FROM (VALUES
		(1, 'a|b', TIMESTAMPTZ '2024-01-02 03:04:05.5+00', NULL),
		(-20, E'two\nlines, "quoted"', NULL, 'ß')) v(n, "text", "at", x)`
	for format, want := range map[Format]string{
		Table: "" +
			"n   | text                | at                       | x   | day\n" +
			"--- | ------------------- | ------------------------ | --- | ----------\n" +
			"  1 | a|b                 | 2024-01-02 03:04:05.5+00 |     | 2024-02-29\n" +
			"-20 | two⏎lines, \"quoted\" |                          | ß   | 2024-02-29\n",
		CSV: "n,text,at,x,day\n" +
			"1,a|b,2024-01-02 03:04:05.5+00,,2024-02-29\n" +
			"-20,\"two\nlines, \"\"quoted\"\"\",,ß,2024-02-29\n",
		JSON: "[\n" +
			"  {\"n\": 1, \"text\": \"a|b\", \"at\": \"2024-01-02 03:04:05.5+00\", \"x\": null, \"day\": \"2024-02-29\"},\n" +
			"  {\"n\": -20, \"text\": \"two\\nlines, \\\"quoted\\\"\", \"at\": null, \"x\": \"ß\", \"day\": \"2024-02-29\"}\n]\n",
		Markdown: "" +
			"| n   | text                | at                       | x   | day        |\n" +
			"| --- | ------------------- | ------------------------ | --- | ---------- |\n" +
			"|   1 | a\\|b                | 2024-01-02 03:04:05.5+00 |     | 2024-02-29 |\n" +
			"| -20 | two⏎lines, \"quoted\" |                          | ß   | 2024-02-29 |\n",
	} {
		if diff := cmp.Diff(want, ask1(t, db, Options{Format: format}, statement)); diff != "" {
			t.Errorf("%s:\n%s", format, diff)
		}
	}
}

// Each type reads as DuckDB writes it.
func TestTypes(t *testing.T) {
	db := database(t)
	for _, test := range []struct{ value, text, json string }{
		{"[1, 2]", "[1, 2]", "[1,2]"},
		{"{'a': 1, 'b': 'x'}", "{'a': 1, 'b': x}", `{"a":1,"b":"x"}`},
		{"MAP {'k': 1}", "{k=1}", `{"k":1}`},
		{`'{"x": [1]}'::JSON`, `{"x": [1]}`, `{"x":[1]}`},
		{"INTERVAL 1 MONTH", "1 month", `"1 month"`},
		{"'00000000-0000-0000-0000-00000000000a'::UUID", "00000000-0000-0000-0000-00000000000a", `"00000000-0000-0000-0000-00000000000a"`},
		{"TIME '03:04:05'", "03:04:05", `"03:04:05"`},
		{"'nan'::DOUBLE", "nan", `"nan"`},
		{"1.5::DOUBLE", "1.5", "1.5"},
		{"1e300", "1e+300", "1e+300"},
		{"12.340::DECIMAL(6,3)", "12.340", "12.340"},
		{"170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727", "170141183460469231731687303715884105727"},
		{"true", "true", "true"},
		{"'\\xFF'::BLOB", `\xFF`, `"\\xFF"`},
		{"chr(27) || '[31m'", `\u001b[31m`, `"\u001b[31m"`},
		{"NULL", "", "null"},
	} {
		got := strings.Split(ask1(t, db, Options{Format: Table}, "SELECT "+test.value+" AS v"), "\n")
		if strings.TrimSpace(got[2]) != test.text {
			t.Errorf("%s: got %q, want %q", test.value, got[2], test.text)
		}
		if got, want := ask1(t, db, Options{Format: JSON}, "SELECT "+test.value+" AS v"), "[\n  {\"v\": "+test.json+"}\n]\n"; got != want {
			t.Errorf("%s: got %s, want %s", test.value, got, want)
		}
	}
}

// A table keeps within the terminal, and says what it leaves out.
func TestFits(t *testing.T) {
	db := database(t)
	wide := "SELECT 'a text that is rather long, longer than a column may be' AS first, 2 AS second, 3 AS third, 'a' AS fourth_column FROM range(5)"
	got := ask1(t, db, Options{Format: Table, Width: 60, Limit: 2}, wide)
	want := `first                                    | second | third
---------------------------------------- | ------ | -----
a text that is rather long, longer than… |      2 |     3
a text that is rather long, longer than… |      2 |     3
3 of 4 columns fit: name some, or see them all with --expanded
The first 2 rows: --limit 0 shows all, --format csv too
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = ask1(t, db, Options{Format: Table, Width: 40, Limit: 1, Expanded: true}, wide)
	want = `-- row 1 -------------
first         | a text that is rather l…
second        | 2
third         | 3
fourth_column | a
The first 1 row: --limit 0 shows all, --format csv too
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := ask1(t, db, Options{Format: Table, Width: 30}, "SELECT repeat('x', 50) AS one"); strings.Contains(got, "fit") || len(strings.Split(got, "\n")[0]) > 30 {
		t.Error(got)
	}
}

// A plan is a drawing.
func TestExplain(t *testing.T) {
	if got := ask1(t, database(t), Options{Format: Table, Width: 80}, "EXPLAIN SELECT 1"); strings.Count(got, "\n") < 4 || !strings.HasPrefix(got, "┌─") {
		t.Errorf("got %s", got)
	}
}

func TestOrderStays(t *testing.T) {
	got := ask1(t, database(t), Options{Format: CSV}, "SELECT i FROM range(100000) t(i) ORDER BY i DESC")
	if !strings.HasPrefix(got, "i\n99999\n99998\n") || !strings.HasSuffix(got, "\n1\n0\n") {
		t.Errorf("%.40s ... %s", got, got[len(got)-40:])
	}
}

func TestStatements(t *testing.T) {
	db := database(t)
	got := ask1(t, db, Options{Format: CSV}, Split("SELECT 1 AS a, 2 AS a; SELECT 'b;c' AS b -- ; not\n; EXPLAIN SELECT 1; SHOW TABLES; DESCRIBE SELECT 1 AS z")...)
	for _, part := range []string{"a,a_1\n1,2\n", "\nb\nb;c\n", "explain_key,explain_value", "z,INTEGER"} {
		if !strings.Contains(got, part) {
			t.Errorf("lacks %q:\n%s", part, got)
		}
	}
	var b strings.Builder
	if err := Write(t.Context(), &b, db, []string{"SELECT 1", "SELECT nope"}, Options{Format: CSV}); err == nil || !strings.Contains(err.Error(), "statement 2 of 2") || !strings.Contains(err.Error(), "nope") {
		t.Errorf("got %v", err)
	}
	var file bytes.Buffer
	if err := Write(t.Context(), &file, db, []string{"SELECT 1"}, Options{Format: Parquet, Folder: t.TempDir()}); err != nil || !strings.HasPrefix(file.String(), "PAR1") {
		t.Errorf("%d bytes, %v", file.Len(), err)
	}
}

func TestSplit(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{" ; -- nothing\n;/* ; */", nil},
		{"a;b", []string{"a", "b"}},
		{"'a;''b';c", []string{"'a;''b'", "c"}},
		{`"a;b" ; c`, []string{`"a;b"`, "c"}},
		{`E'a\';b'; c`, []string{`E'a\';b'`, "c"}},
		{`note'a\';c`, []string{`note'a\'`, "c"}},
		{"$$a;b$$; $x$;$$;$x$", []string{"$$a;b$$", "$x$;$$;$x$"}},
		{"a -- ;\n b; c /* ; */ d", []string{"a -- ;\n b", "c /* ; */ d"}},
		{"'open;", []string{"'open;"}},
		{"$1;$2", []string{"$1", "$2"}},
	} {
		if diff := cmp.Diff(test.want, Split(test.text)); diff != "" {
			t.Errorf("%s: %s", test.text, diff)
		}
	}
}

// Whatever is typed is taken apart without losing a letter that counts: what DuckDB
// takes as one statement stays one.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"SELECT 1; SELECT 2", "E'a\\'", "$a$;$a$", "/*;", "--;\n;", "\";\";'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rest := text
		for _, statement := range Split(text) {
			at := strings.Index(rest, statement)
			if statement == "" || at < 0 {
				t.Fatalf("%q gives %q", text, statement)
			}
			rest = rest[at+len(statement):]
			if again := Split(statement); len(again) != 1 || again[0] != statement {
				t.Errorf("%q gives %q, which gives %q", text, statement, again)
			}
		}
	})
}

// A conversation's title is somebody's to write, and a spreadsheet would calculate it.
func TestCSVIsNoFormula(t *testing.T) {
	db := database(t)
	statement := `SELECT '=HYPERLINK("http://x","y")' AS a, '+1' AS b, '-2' AS c, '@SUM(1)' AS d, chr(9) || '=1' AS e, '|cmd' AS f, -5 AS g, 'a=b' AS h, NULL AS i, '' AS "=x"`
	if got := ask1(t, db, Options{Format: CSV}, statement); got != "a,b,c,d,e,f,g,h,i,'=x\n"+`"'=HYPERLINK(""http://x"",""y"")",'+1,'-2,'@SUM(1),'	=1,'|cmd,-5,a=b,,`+"\n" {
		t.Errorf("got %s", got)
	}
	if got := ask1(t, db, Options{Format: CSV, Raw: true}, "SELECT '=1' AS a, '@x' AS b"); got != "a,b\n=1,@x\n" {
		t.Errorf("raw: %s", got)
	}
}
