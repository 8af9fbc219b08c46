package main

import (
	"regexp"
	"strings"
	"testing"

	"intercom-connector/cmd/debug/help"
)

// Every command's help fits a screen of 40 lines and 100 columns, and ends with
// examples and exit codes.
func TestEveryHelpFits(t *testing.T) {
	for _, command := range []string{"", "sync", "init", "doctor", "query", "report", "tables", "describe", "recipe", "export", "state", "reset"} {
		code, out, errs := debug(t, strings.Fields(command+" --help")...)
		if code != 0 || errs != "" {
			t.Errorf("%q: exit %d, %s", command, code, errs)
		}
		contains(t, out, "Examples", "Exit codes: 0 done; 1 ")
		lines := strings.Split(out, "\n")
		if len(lines) > 41 {
			t.Errorf("%q: %d lines", command, len(lines))
		}
		for _, line := range lines {
			if len(line) > 100 {
				t.Errorf("%q: too wide: %s", command, line)
			}
		}
		if command == "" {
			for name := range help.Examples {
				contains(t, out, "\n  "+name+" ")
			}
		}
	}
	// Each example has flags that there are.
	for _, examples := range help.Examples {
		for _, m := range regexp.MustCompile(`(?m)debug (\S.*?)(   .*)?$`).FindAllStringSubmatch(examples, -1) {
			if code, _, errs := debug(t, append(strings.Fields(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(m[1], "text")), "--help")...); code != 0 {
				t.Errorf("%s: exit %d, %s", m[1], code, errs)
			}
		}
	}
}

func TestTypos(t *testing.T) {
	for args, says := range map[string]string{
		"docter":             `did you mean "doctor"?`,
		"querry":             `did you mean "query"?`,
		"reprot":             `did you mean "report"?`,
		"--configuraton x":   `did you mean "--configuration"?`,
		"init --membership":  `did you mean "--memberships"?`,
		"sync --log-level w": "must be one of",
	} {
		code, out, errs := debug(t, strings.Fields(args)...)
		if code != 2 || out != "" {
			t.Errorf("%s: exit %d, %s", args, code, out)
		}
		contains(t, errs, says)
	}
	if code, _, errs := debug(t, "elephant"); code != 2 || strings.Contains(errs, "mean") {
		t.Errorf("exit %d, %s", code, errs)
	}
}
