package docs

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// install.sh takes a release's programs for this machine, if they are what the
// checksums say.
func TestInstall(t *testing.T) {
	release, to := t.TempDir(), t.TempDir()
	sums := ""
	for _, program := range []string{"server", "operator", "sandbox"} {
		name := fmt.Sprintf("%s-%s-%s", program, runtime.GOOS, runtime.GOARCH)
		script := "#!/bin/sh\necho " + program + " 1.2.3\n"
		if err := os.WriteFile(filepath.Join(release, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(script)), name)
	}
	if err := os.WriteFile(filepath.Join(release, "SHA256SUMS"), []byte(sums), 0o644); err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("../tools/install.sh")
	if err != nil {
		t.Fatal(err)
	}
	install := func() (string, error) {
		command := exec.CommandContext(t.Context(), "sh", script, "--from", release, "--to", ".")
		command.Dir = to
		out, err := command.CombinedOutput()
		return string(out), err
	}
	out, err := install()
	for _, want := range []string{"intercom-connector: server 1.2.3", "intercom-operator: operator 1.2.3", "has no debug-", "export PATH=\"/"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%v: lacks %q: %s", err, want, out)
		}
	}
	changed := filepath.Join(release, fmt.Sprintf("operator-%s-%s", runtime.GOOS, runtime.GOARCH))
	if err := os.WriteFile(changed, []byte("#!/bin/sh\necho evil\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := install(); err == nil || !strings.Contains(out, "is not what SHA256SUMS says") || strings.Contains(out, "evil") {
		t.Errorf("%v: %s", err, out)
	}
	version, err := exec.CommandContext(t.Context(), filepath.Join(to, "intercom-operator")).Output()
	if err != nil || string(version) != "operator 1.2.3\n" {
		t.Errorf("the program that was there became %q, %v", version, err)
	}
}

// module-path.sh gives the module another path, imports included.
func TestModulePath(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":       "module intercom-connector\n\ngo 1.26.0\n",
		"inner/one.go": "package inner\n\n// Name is intercom-connector/0.1.\nconst Name = \"intercom-connector-not-a-path\"\n",
		"main.go":      "package main\n\nimport \"intercom-connector/inner\"\n\nfunc main() { println(inner.Name) }\n",
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "sh", "../tools/module-path.sh", "example.com/you/intercom-connector", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	list.Dir = folder
	out, err := list.CombinedOutput()
	if want := "example.com/you/intercom-connector/inner\nexample.com/you/intercom-connector\n"; err != nil || string(out) != want {
		t.Errorf("%v: %s", err, out)
	}
	if text := read(t, filepath.Join(folder, "inner", "one.go")); !strings.Contains(text, `"intercom-connector-not-a-path"`) {
		t.Errorf("it changed what is no import: %s", text)
	}
	if out, err := exec.CommandContext(t.Context(), "sh", "../tools/module-path.sh", "no path", folder).CombinedOutput(); err == nil {
		t.Errorf("it took a path that is none: %s", out)
	}
}

// The image of debug is built from all that its programs embed.
func TestDebugImageHasWhatItEmbeds(t *testing.T) {
	rules := strings.Split(read(t, "../deploy/debug.Dockerfile.dockerignore"), "\n")
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", `{{$p := .}}{{if not .Standard}}{{range .EmbedFiles}}{{$p.ImportPath}}/{{.}}{{"\n"}}{{end}}{{end}}`, "./cmd/debug", "./cmd/operator")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range strings.Fields(string(out)) {
		file, ours := strings.CutPrefix(file, "intercom-connector/")
		if !ours {
			continue
		}
		found++
		let := false
		for _, rule := range rules {
			pattern, is := strings.CutPrefix(rule, "!")
			if match, _ := filepath.Match(pattern, file); is && match {
				let = true
			}
		}
		if !let {
			t.Errorf("%s is not let in", file)
		}
	}
	if found < 10 {
		t.Errorf("debug embeds %d files", found)
	}
}

// make clean removes what was built, and nothing that cannot be had again: lakes and
// warehouses may lie in the checkout.
func TestCleanRemovesWhatWasBuilt(t *testing.T) {
	_, clean, found := strings.Cut(read(t, "../Makefile"), "\nclean:")
	_, clean, _ = strings.Cut(clean, "\n")
	if recipe, _, _ := strings.Cut(clean, "\n\n"); !found || strings.TrimSpace(recipe) != "rm -rf bin dist" {
		t.Errorf("make clean runs %q", recipe)
	}
}
