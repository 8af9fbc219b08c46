//go:build genuine

package genuine

import (
	"archive/zip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
)

// fivetran package asks nothing, finds nothing to add to the requirements, runs
// no program, and packs what the platform needs: no token, no other machine's
// program.
func TestPackage(t *testing.T) {
	t.Parallel()
	for _, version := range []string{newest, "3.0.0"} { // 2.10.4 has no such command
		t.Run(version, func(t *testing.T) {
			folder := written(t)
			for name, text := range map[string]string{
				"configuration.json":           `{"access_token": "secret"}`,
				"intercom/server-linux-amd64":  "no program that runs",
				"intercom/server-darwin-arm64": "for its author's machine",
				".gitignore":                   "configuration.json\nfiles/\nintercom/server-darwin-arm64\n",
			} {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			bin := filepath.Join(environment(t, "sdk-"+version), "bin")
			python, err := filepath.Abs("python") // the third generation's core
			if err != nil {
				t.Fatal(err)
			}
			command := exec.Command(filepath.Join(bin, "fivetran"), "package", ".")
			command.Dir = folder
			command.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "PYTHONPATH="+python, "PYTHONDONTWRITEBYTECODE=1")
			out, err := command.CombinedOutput() // standard input is empty: a question would end it
			if err != nil || strings.Contains(string(out), "y/N") || strings.Contains(string(out), "Y/n") || strings.Contains(string(out), "WARNING") {
				t.Errorf("%v\n%s", err, out)
			}
			files := packed(t, folder)
			var names []string
			for name := range files {
				names = append(names, name)
			}
			slices.Sort(names)
			want := []string{".gitignore", "README.md", "configuration_form.pb", "connector.py", "intercom/form.json", "intercom/server-linux-amd64"}
			if diff := cmp.Diff(want, names); diff != "" {
				t.Error(diff)
			}
			form := &sdk.ConfigurationFormResponse{}
			if err := proto.Unmarshal(files["configuration_form.pb"], form); err != nil {
				t.Fatal(err)
			}
			sameForm(t, direct(t), form)
		})
	}
}

// packed are the files of the zip that fivetran package wrote.
func packed(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	archives, err := filepath.Glob(filepath.Join(folder, "files", "*.zip"))
	if err != nil || len(archives) != 1 {
		t.Fatalf("%v, %v", archives, err)
	}
	archive, err := zip.OpenReader(archives[0])
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	files := map[string][]byte{}
	for _, entry := range archive.File {
		if strings.HasSuffix(entry.Name, "/") {
			continue
		}
		file, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[entry.Name], err = io.ReadAll(file); err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
	}
	return files
}

// The project as it is written: what is uploaded, and a configuration that a
// person filled in survives a newer project.
func TestProject(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "project")
	if err := run("sh", "../../deploy/connector-sdk/package.sh", folder, "linux/amd64"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "configuration.json")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	if err := os.WriteFile(path, []byte("filled in"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run("sh", "../../deploy/connector-sdk/package.sh", folder, "darwin/arm64"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "filled in" {
		t.Errorf("%q, %v", text, err)
	}
	// What a person types for a machine of their own comes to the same.
	typed, err := exec.Command("make", "-n", "-C", "../..", "connector-sdk", "GOARCH=arm64", "GOOS=darwin").CombinedOutput()
	if err != nil || !strings.Contains(string(typed), "package.sh dist/connector-sdk darwin/arm64") {
		t.Errorf("make connector-sdk: %v\n%s", err, typed)
	}
	ignored, err := os.ReadFile(filepath.Join(folder, ".gitignore"))
	if err != nil || string(ignored) != "configuration.json\nfiles/\nintercom/server-darwin-arm64\n" {
		t.Errorf("%q, %v", ignored, err)
	}
	for _, program := range []string{"server-linux-amd64", "server-darwin-arm64"} {
		if info, err := os.Stat(filepath.Join(folder, "intercom", program)); err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("%s: %v, %v", program, info, err)
		}
	}
}
