package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	html "intercom-connector/tester/report"
)

// block finds the blocks of a page, by language.
func block(t *testing.T, page, language string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		all = append(all, m[1])
	}
	return all
}

// Each line of the page that starts debug has flags that it knows, and what is YAML
// can be read.
func TestEveryDayPage(t *testing.T) {
	const page = "../../docs/every-day.md"
	var lines []string
	for _, text := range append(block(t, page, "text"), block(t, page, "ini")...) {
		for _, m := range regexp.MustCompile(`intercom-debug (.*)`).FindAllStringSubmatch(text, -1) {
			lines = append(lines, m[1])
		}
	}
	for _, text := range block(t, page, "yaml") {
		var tree map[string]any
		if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
			t.Errorf("%v in %s", err, text)
		}
		for _, m := range regexp.MustCompile(`args: \[(.*)\]`).FindAllStringSubmatch(text, -1) {
			lines = append(lines, strings.ReplaceAll(m[1], ",", ""))
		}
	}
	text, err := os.ReadFile("../../deploy/debug.Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`CMD \[(.*)\]`).FindStringSubmatch(string(text)); m != nil {
		lines = append(lines, strings.NewReplacer(",", "", `"`, "").Replace(m[1]))
	}
	if len(lines) < 5 {
		t.Errorf("%d lines start debug", len(lines))
	}
	for _, line := range lines {
		var errs strings.Builder
		if code := run(t.Context(), append(strings.Fields(line), "--help"), nil, io.Discard, &errs); code != 0 {
			t.Errorf("%s: exit %d, %s", line, code, errs.String())
		}
	}
}

// The page tells of every field of sync.json.
func TestSyncIsDescribed(t *testing.T) {
	page, err := os.ReadFile("../../docs/every-day.md")
	if err != nil {
		t.Fatal(err)
	}
	fields := reflect.TypeFor[html.Sync]()
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("every-day.md does not tell of %s", name)
		}
	}
}

func TestCompletion(t *testing.T) {
	script := filepath.Join(t.TempDir(), "completion.bash")
	code, out, errs := debug(t, "completion", "bash", "--name", "intercom-debug")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if err := os.WriteFile(script, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]string{
		"intercom-debug que":                "query",
		"intercom-debug query --for":        "--format",
		"intercom-debug recipe bus":         "busiest-hours",
		"intercom-debug -d x doctor --pro":  "--probe",
		"intercom-debug doctor --sandbox":   "",
		"intercom-debug completion f":       "fish",
		"intercom-debug --directory x --ve": "--version",
	} {
		words := strings.Fields(typed)
		shell := exec.CommandContext(t.Context(), "bash", "-c", `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _intercom_debug; echo "${COMPREPLY[@]}"`)
		shell.Args = append(shell.Args, append([]string{script}, words...)...)
		got, err := shell.CombinedOutput()
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%s: %s, %v", typed, got, err)
		}
	}
	if code, out, _ := debug(t, "completion", "fish"); code != 0 || !strings.Contains(out, `complete -c debug -n "__fish_seen_subcommand_from doctor" -l probe`) {
		t.Errorf("exit %d, %s", code, out)
	}
	// A letter after a colon is a modifier in zsh, which CI does not have.
	if code, out, _ := debug(t, "completion", "zsh"); code != 0 || !strings.HasPrefix(out, "autoload") || regexp.MustCompile(`\$\{[^}]*:[A-Za-z]`).MatchString(out) {
		t.Errorf("exit %d, %s", code, out)
	}
}
