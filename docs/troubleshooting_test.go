package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// verbs are where a message has something of the moment; the page writes … there.
var verbs = regexp.MustCompile(`%(\[\d+\])?[-+#0-9.]*[a-zA-Z]`)

// message is a text of the code as the page would write it.
func message(text string) string {
	return strings.ReplaceAll(verbs.ReplaceAllString(text, "…"), `"…"`, "…")
}

// speakers are the functions that tell a person something: warnings, refusals of a
// configuration or a command line, and what belongs to them.
var speakers = regexp.MustCompile(`^(warn|Warn|refuse|Wrong|Taken|apart|NotYet|Advice|unreachable|warnings)$`)

// speakersOf are the files whose speakers count.
var speakersOf = regexp.MustCompile(`^\.\./(connector|operator|membership|tester/warehouse|cmd)/`)

// told are all texts of the code, and those that a person may meet.
func told(t *testing.T) (all, people []string) {
	t.Helper()
	texts := func(n ast.Node) (found []string) {
		ast.Inspect(n, func(n ast.Node) bool {
			if literal, is := n.(*ast.BasicLit); is && literal.Kind == token.STRING {
				text, err := strconv.Unquote(literal.Value)
				if err == nil && strings.Count(text, " ") > 2 {
					found = append(found, message(text))
				}
			}
			return true
		})
		return found
	}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && strings.HasPrefix(entry.Name(), ".g") {
			return err
		}
		if entry.IsDir() && (entry.Name() == "tools" || entry.Name() == "test") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		all = append(all, texts(file)...)
		if !speakersOf.MatchString(filepath.ToSlash(path)) {
			return nil
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if speakers.MatchString(n.Name.Name) && n.Body != nil {
					people = append(people, texts(n.Body)...)
				}
			case *ast.CallExpr:
				name := ""
				switch f := n.Fun.(type) {
				case *ast.Ident:
					name = f.Name
				case *ast.SelectorExpr:
					name = f.Sel.Name
				}
				if speakers.MatchString(name) {
					for _, argument := range n.Args {
						people = append(people, texts(argument)...)
					}
				}
			case *ast.CompositeLit:
				if s, is := n.Type.(*ast.Ident); is && (s.Name == "RefusedError" || s.Name == "SkippedError") {
					people = append(people, texts(n)...)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, people
}

// TestTroubleshooting: the page tells of messages that the code has, and of every
// warning and refusal that it has.
func TestTroubleshooting(t *testing.T) {
	var page []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(read(t, "troubleshooting.md"), -1) {
		page = append(page, strings.ReplaceAll(m[1], `\|`, "|"))
	}
	all, people := told(t)
	covers := func(texts []string, row string) bool {
		for _, text := range texts {
			if strings.Contains(text, row) {
				return true
			}
		}
		return false
	}
	for _, row := range page {
		if !covers(all, row) {
			t.Errorf("no code says %q", row)
		}
	}
	for _, text := range people {
		found := false
		for _, row := range page {
			found = found || strings.Contains(text, row)
		}
		if !found {
			t.Errorf("troubleshooting.md does not tell of %q", text)
		}
	}
	if len(people) < 40 {
		t.Errorf("the code tells people %d things", len(people))
	}
}
