package docs

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"intercom-connector/sandbox"
)

// notRun are commands that TestCommands does not run, by how they begin, with
// the reason.
var notRun = map[string]string{
	"go test":                   "tests do not run tests; .ci/run runs all of them",
	"go run ./test/bench":       "takes minutes; .ci/run does not depend on figures",
	"make test":                 "tests do not run tests; .ci/run runs all of them",
	"make bench":                "takes minutes",
	"make fuzz":                 "takes minutes",
	"make lint":                 ".ci/run runs it",
	"make build":                ".ci/run runs it",
	"make connector-sdk":        ".ci/run runs it; deploy/connector-sdk tests what it makes",
	"GOOS=linux GOARCH=amd64":   ".ci/run runs make build, whose defaults these are",
	"make proto PROTO_SRC":      "needs Fivetran's own copy of the protocol; .ci/run runs make proto",
	"cd dist/connector-sdk":     "belongs to the command after it",
	"fivetran ":                 "needs a Fivetran account",
	"docker ":                   "needs a container engine; TestDockerfileBuilds runs what is in the file",
	"go run ./cmd/debug init":   "asks for a token; cmd/debug's tests answer it",
	"go run ./cmd/debug --port": "needs a server on that port; cmd/debug's tests drive one",
	"bin/server ":               "runs until it is stopped; cmd/server's tests start and ask it",
	"duckdb ":                   "needs DuckDB's own shell",
	"sudo ":                     "changes the machine",
	"git clone":                 "needs a network",
	"aws ":                      "needs an AWS account",
	"sam ":                      "needs an AWS account",
}

// reason is why a command is not run; "" when it is.
func reason(command string) string {
	for begins, why := range notRun {
		if strings.HasPrefix(command, begins) {
			return why
		}
	}
	return ""
}

var comment = regexp.MustCompile(`(^|\s)#.*$`)

// commands are the lines of a page's sh blocks, without comments; a line that
// ends with a backslash goes on.
func commands(text string) []string {
	var all []string
	for _, block := range blocks(text, "sh") {
		for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", " ")) {
			if line = strings.TrimSpace(comment.ReplaceAllString(strings.TrimSpace(line), "")); line != "" {
				all = append(all, strings.Join(strings.Fields(line), " "))
			}
		}
	}
	return all
}

// Every command that is shown works, in the order in which a person would type
// them, in a folder of its own, where configuration.json is of a sandbox. What the pages
// say that the programs print, they print.
func TestCommands(t *testing.T) {
	repository, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	shims := shims(t, repository)
	ran := 0
	for _, page := range pages(t) {
		folder := t.TempDir()
		prepare(t, folder, repository)
		for _, command := range commands(read(t, page)) {
			if reason(command) != "" {
				continue
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
			// What ninety days come to is for the genuine tools' tests.
			shell := exec.CommandContext(ctx, "bash", "-ec", strings.Replace(command, "--days 90", "--days 9", 1))
			shell.Dir = folder
			shell.Env = append(os.Environ(), "PATH="+shims+string(filepath.ListSeparator)+os.Getenv("PATH"), "NO_COLOR=1", "TERM=dumb")
			began := time.Now()
			out, err := shell.CombinedOutput()
			cancel()
			t.Logf("%s: %s: %s", page, command, time.Since(began).Round(100*time.Millisecond))
			if err != nil {
				t.Errorf("%s: %s: %v\n%s", page, command, err, out)
			}
			ran++
		}
	}
	if ran == 0 {
		t.Error("no command was run")
	}
	transcripts(t, shims)
}

// prepare lays out what a person would have in the repository's folder.
func prepare(t *testing.T, folder, repository string) {
	t.Helper()
	base, stop, err := sandbox.New(sandbox.Options{RowsPerDay: 50, Contacts: 50, Companies: 5}).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	configuration := fmt.Sprintf(`{"access_token": "sandbox-token", "base_url": %q}`, base)
	if err := os.WriteFile(filepath.Join(folder, "configuration.json"), []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	// A server of a release, which a page copies.
	if err := os.WriteFile(filepath.Join(folder, "server-linux-amd64"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	example := read(t, filepath.Join(repository, "configuration.example.json"))
	if err := os.WriteFile(filepath.Join(folder, "configuration.example.json"), []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
}

// shims stands in for go and make: they work on the repository from any folder,
// so that what commands write stays out of it, and builds are shared. Tests do not
// run tests: of those that make would run, it is only seen that they are there.
func shims(t *testing.T, repository string) string {
	t.Helper()
	folder := t.TempDir()
	goPath, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{
		"go": `[ "$1" = run ] || exec ` + goPath + ` -C '` + repository + `' "$@"
built='` + folder + `'/go-build/$(basename "$2")
[ -x "$built" ] || ` + goPath + ` -C '` + repository + `' build -o "$built" "$2" || exit
shift 2
exec "$built" "$@"
`,
		"listing": `[ "$1" = test ] || exec ` + goPath + ` "$@"
shift
[ "$1" != -short ] || shift
exec ` + goPath + ` list "$@"
`,
		"make": `PATH=${PATH#*:}
exec make -C '` + repository + `' GO="'` + folder + `/listing'" "$@"
`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestCommandsAreFound(t *testing.T) {
	text := "a\n```sh\ngo run ./x --a \\\n   b   # why\n\n# only a comment\n```\n\n3. ```sh\n   one '#two'\n   ```\n```text\nnot this\n```\n"
	got := strings.Join(commands(text), "|")
	if want := "go run ./x --a b|one '#two'"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
