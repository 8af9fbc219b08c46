package docs

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "intercom-connector/"

// pack is a package as go list tells of it, by its path within the module.
type pack struct {
	ImportPath        string
	GoFiles, CgoFiles []string
	Imports           []string // of ours
}

func packages(t *testing.T) []pack {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,GoFiles,CgoFiles,Imports", "./...")
	command.Dir = ".."
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pack
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pack
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module)
		var ours []string
		for _, i := range p.Imports {
			if name, ok := strings.CutPrefix(i, module); ok {
				ours = append(ours, name)
			}
		}
		p.Imports = ours
		all = append(all, p)
	}
}

// arrow leads from a room of the picture to one that it uses.
type arrow struct{ from, to string }

// picture reads the arrows of README.md's picture.
func picture(t *testing.T) []arrow {
	t.Helper()
	drawn := blocks(read(t, "../README.md"), "text")
	if len(drawn) == 0 || !strings.Contains(drawn[0], "▼") {
		t.Fatal("README.md's first block of text is no picture")
	}
	return arrows(drawn[0])
}

// The imports go along the picture's arrows, and each arrow is an import.
func TestPictureIsWhatTheImportsShow(t *testing.T) {
	drawn := picture(t)
	var rooms []string
	for _, a := range drawn {
		rooms = append(rooms, a.from, a.to)
	}
	slices.Sort(rooms)
	rooms = slices.Compact(rooms)
	imported := map[arrow]bool{}
	for _, p := range packages(t) {
		if forTests(p.ImportPath) {
			continue
		}
		for _, i := range p.Imports {
			if forTests(i) {
				t.Errorf("%s imports %s, which is for tests only", p.ImportPath, i)
			}
			a := arrow{roomOf(p.ImportPath, rooms), roomOf(i, rooms)}
			imported[a] = true
			if !allowed(a, drawn) {
				t.Errorf("%s imports %s: the picture has no way from %s to %s", p.ImportPath, i, a.from, a.to)
			}
		}
	}
	for _, a := range drawn {
		if !imported[a] {
			t.Errorf("the picture has an arrow from %s to %s, which is no import", a.from, a.to)
		}
	}
}

// forTests says that only tests import a package, by its name: lake/storetest.
func forTests(name string) bool { return strings.HasSuffix(name, "test") }

// roomOf is the room of the picture that a package is in; else its first folder.
func roomOf(name string, rooms []string) string {
	for at := name; at != "."; at = path.Dir(at) {
		if slices.Contains(rooms, at) {
			return at
		}
	}
	first, _, _ := strings.Cut(name, "/")
	return first
}

// What the picture leaves out: what all may use, and uses nothing of ours; and
// what looks at everything from outside.
var (
	shared  = []string{"proto", "internal"}
	outside = []string{"deploy", "docs", "test"}
)

// allowed says whether an import goes along the arrows.
func allowed(a arrow, drawn []arrow) bool {
	switch {
	case a.from == a.to, slices.Contains(outside, a.from):
		return true
	case slices.Contains(shared, a.from):
		return false
	case slices.Contains(shared, a.to):
		return a.from != "sandbox"
	case a.from == "cmd" && a.to == "deploy": // the recipes
		return true
	}
	return slices.ContainsFunc(drawn, func(b arrow) bool {
		return b.from == a.from && (b.to == a.to || allowed(arrow{b.to, a.to}, drawn))
	})
}

func TestAllowed(t *testing.T) {
	drawn := []arrow{{"cmd", "connector"}, {"connector", "export"}, {"export", "intercom"}, {"cmd", "sandbox"}}
	for a, want := range map[arrow]bool{
		{"cmd", "intercom"}: true, {"cmd", "deploy"}: true, {"test", "cmd"}: true, {"connector", "proto"}: true,
		{"intercom", "connector"}: false, {"connector", "sandbox"}: false, {"sandbox", "internal"}: false,
		{"proto", "internal"}: false, {"connector", "test"}: false,
	} {
		if got := allowed(a, drawn); got != want {
			t.Errorf("%v: %v", a, got)
		}
	}
}

// README.md's map names every package, and nothing that is not there.
func TestMapNamesEveryPackage(t *testing.T) {
	var want, got []string
	for _, p := range packages(t) {
		want = append(want, p.ImportPath)
	}
	folders := rows(read(t, "../README.md"), "folder")
	for _, r := range folders {
		folder := strings.Trim(r.cell, "`")
		got = append(got, folder)
		for _, room := range quoted.FindAllStringSubmatch(r.cells[2], -1) {
			got = append(got, path.Join(folder, room[1]))
		}
	}
	// Folders that hold packages, or none of this module, and are none themselves.
	got = slices.DeleteFunc(got, func(name string) bool {
		return slices.Contains([]string{"cmd", "internal", "test", "deploy", "tools"}, name)
	})
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packages (- the code's, + the map's):\n%s", diff)
	}
}

// most is how many files a package has, tests apart, that a person can take in.
const most = 12

func TestPackagesAreSmall(t *testing.T) {
	for _, p := range packages(t) {
		if files := len(p.GoFiles) + len(p.CgoFiles); files > most {
			t.Errorf("%s has %d files, more than %d: it holds several ideas", p.ImportPath, files, most)
		}
	}
}

// README.md fits a person's patience, and begins with two commands.
func TestReadmeIsShort(t *testing.T) {
	text := read(t, "../README.md")
	if lines := strings.Count(text, "\n"); lines > 200 {
		t.Errorf("README.md has %d lines", lines)
	}
	if got, want := commands(text)[:2], []string{"go run ./cmd/debug", "go test ./..."}; !slices.Equal(got, want) {
		t.Errorf("it begins with %q, want %q", got, want)
	}
}

var required = regexp.MustCompile(`(?m)^\t(\S+) v\S+$`)

// README.md says of every module that go.mod requires what it is for, and names
// no other.
func TestDependenciesHaveReasons(t *testing.T) {
	var named []string
	for _, r := range rows(read(t, "../README.md"), "module") {
		for _, name := range quoted.FindAllStringSubmatch(r.cell, -1) {
			named = append(named, name[1])
		}
	}
	used := map[string]bool{}
	for _, module := range required.FindAllStringSubmatch(read(t, "../go.mod"), -1) {
		i := slices.IndexFunc(named, func(name string) bool {
			family, whole := strings.CutSuffix(name, "*")
			return name == module[1] || whole && strings.HasPrefix(module[1], family)
		})
		if i < 0 {
			t.Errorf("README.md does not say what %s is for", module[1])
			continue
		}
		used[named[i]] = true
	}
	for _, name := range named {
		if !used[name] {
			t.Errorf("go.mod does not require %s", name)
		}
	}
}

// A file that a package comment names is there, beside it or by its path.
func TestPackageCommentsNameFilesThatAreThere(t *testing.T) {
	named := regexp.MustCompile(`[\w/]+\.(go|py|sh|sql|txt)\b`)
	found := 0
	for _, p := range packages(t) {
		folder := filepath.Join("..", p.ImportPath)
		for _, name := range named.FindAllString(comments(t, folder, slices.Concat(p.GoFiles, p.CgoFiles)), -1) {
			found++
			_, beside := os.Stat(filepath.Join(folder, name))
			_, byPath := os.Stat(filepath.Join("..", name))
			if beside != nil && byPath != nil {
				t.Errorf("%s names %s, which is not there", p.ImportPath, name)
			}
		}
	}
	if found == 0 {
		t.Error("no package comment names a file")
	}
}

// comments are what stands above the package clauses of a folder's files.
func comments(t *testing.T, folder string, files []string) string {
	t.Helper()
	var all strings.Builder
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, name), nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(file.Doc.Text())
	}
	if all.Len() == 0 {
		t.Errorf("%s has no package comment", folder)
	}
	return all.String()
}
