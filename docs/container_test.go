package docs

import (
	"bufio"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// stage is a stage of the Dockerfile: its name, its base and its instructions.
type stage struct {
	name, base string
	lines      []string
}

func stages(t *testing.T) []stage {
	t.Helper()
	var all []stage
	from := regexp.MustCompile(`^FROM (\S+) AS (\S+)$`)
	for line := range strings.Lines(read(t, "../deploy/Dockerfile")) {
		line = strings.TrimSpace(line)
		switch match := from.FindStringSubmatch(line); {
		case line == "" || strings.HasPrefix(line, "#"), len(all) == 0 && strings.HasPrefix(line, "ARG "):
		case match != nil:
			all = append(all, stage{name: match[2], base: match[1]})
		case len(all) == 0:
			t.Fatalf("before the first stage: %q", line)
		default:
			all[len(all)-1].lines = append(all[len(all)-1].lines, line)
		}
	}
	return all
}

// arguments are the rest of each of the stage's instructions of that name.
func (s stage) arguments(instruction string) []string {
	var found []string
	for _, line := range s.lines {
		if rest, ok := strings.CutPrefix(line, instruction+" "); ok {
			found = append(found, rest)
		}
	}
	return found
}

// The images run as nobody, hold only what the build made, and the connector's
// is the default.
func TestDockerfile(t *testing.T) {
	all := stages(t)
	if all[len(all)-1].name != "server" {
		t.Errorf("the default image is %s", all[len(all)-1].name)
	}
	for _, image := range all[1:] {
		if image.base != "scratch" {
			t.Errorf("%s: base %s", image.name, image.base)
		}
		if users := image.arguments("USER"); !slices.Equal(users, []string{"65532:65532"}) {
			t.Errorf("%s: user %q", image.name, users)
		}
		for _, copied := range image.arguments("COPY") {
			if !strings.HasPrefix(copied, "--from=build ") {
				t.Errorf("%s: copies %s", image.name, copied)
			}
		}
	}
}

// The base of a build is the toolchain of go.mod, unless an argument names it by its
// digest.
func TestBaseOfImages(t *testing.T) {
	toolchain := regexp.MustCompile(`(?m)^toolchain go(\S+)$`).FindStringSubmatch(read(t, "../go.mod"))
	for _, name := range []string{"Dockerfile", "debug.Dockerfile"} {
		text := read(t, "../deploy/"+name)
		if !strings.Contains(text, "\nARG GO_IMAGE=golang:"+toolchain[1]+"\nFROM ${GO_IMAGE} AS build\n") {
			t.Errorf("%s: the base is not golang:%s, or no argument names another", name, toolchain[1])
		}
		for _, base := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(text, -1)[1:] {
			if base[1] != "scratch" {
				t.Errorf("%s: an image on %s", name, base[1])
			}
		}
	}
}

// What compose.yaml names is there, and only this machine reaches the port.
func TestCompose(t *testing.T) {
	text := read(t, "../deploy/compose.yaml")
	names := map[string]bool{}
	for _, s := range stages(t) {
		names[s.name] = true
	}
	for _, match := range regexp.MustCompile(`target: (\S+)`).FindAllStringSubmatch(text, -1) {
		if !names[match[1]] {
			t.Errorf("the Dockerfile has no stage %s", match[1])
		}
	}
	for _, match := range regexp.MustCompile(`dockerfile: (\S+)`).FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join("..", match[1])); err != nil {
			t.Error(err)
		}
	}
	for _, want := range []string{`"127.0.0.1:50051:50051"`, `network_mode: "service:server"`, `["--addr", "127.0.0.1:8090"]`} {
		if !strings.Contains(text, want) {
			t.Errorf("compose.yaml lacks %s", want)
		}
	}
	if !strings.Contains(read(t, "../deploy/compose.configuration.json"), `"http://127.0.0.1:8090"`) {
		t.Error("the configuration is of another sandbox")
	}
}

// The Dockerfile's own build commands make both programs out of the files that
// its .dockerignore lets in; then the health check asks a server that runs.
func TestDockerfileBuilds(t *testing.T) {
	source, out := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "out")
	buildContext(t, source)
	all := stages(t)
	for _, run := range all[0].arguments("RUN") {
		command := exec.Command("sh", "-c", strings.ReplaceAll(run, "/out/", out+"/"))
		command.Dir = source
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", run, err, output)
		}
	}
	for _, image := range all[1:] {
		if _, err := os.Stat(filepath.Join(out, image.name)); err != nil {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	server := exec.CommandContext(ctx, filepath.Join(out, "server"), "--port", "0")
	log, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Wait() }()
	defer func() { _ = server.Process.Kill() }()
	line, err := bufio.NewReader(log).ReadString('\n')
	port := regexp.MustCompile(`address=\S*:(\d+)`).FindStringSubmatch(line)
	if err != nil || port == nil {
		t.Fatalf("%q, %v", line, err)
	}
	check := all[len(all)-1].arguments("HEALTHCHECK")[0]
	check = strings.NewReplacer("50051", port[1], "/server", filepath.Join(out, "server")).Replace(check[strings.Index(check, "CMD ")+4:])
	arguments := regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(check, -1)
	var words []string
	for _, word := range arguments {
		words = append(words, word[1])
	}
	if output, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Errorf("the health check of a server that runs: %v\n%s", err, output)
	}
	_ = server.Process.Kill()
	_ = server.Wait()
	if err := exec.CommandContext(ctx, words[0], words[1:]...).Run(); err == nil {
		t.Error("the health check of a server that is gone succeeds")
	}
}

// buildContext copies what Dockerfile.dockerignore lets in.
func buildContext(t *testing.T, folder string) {
	t.Helper()
	want := "*\n!go.mod\n!go.sum\n!**/*.go\n!connector/export/dataset/catalogue.txt\n**/*_test.go\n"
	rules := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(read(t, "../deploy/Dockerfile.dockerignore"), "")
	if rules != want {
		t.Fatalf("the rules are others than this test knows: %q", rules)
	}
	named := []string{"../go.mod", "../go.sum", "../connector/export/dataset/catalogue.txt"}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		name := filepath.Base(path)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == ".git" || name == "tools"):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		case strings.HasSuffix(name, "_test.go"), !strings.HasSuffix(name, ".go") && !slices.Contains(named, path):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		target := filepath.Join(folder, strings.TrimPrefix(path, ".."))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}
