package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// loose is what differs from run to run, and what stands for it. How many export jobs
// there will be is no such figure.
var loose = []struct {
	what   *regexp.Regexp
	stands string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?(Z|\+00)?)?`), "DATE"},
	{regexp.MustCompile(`(\d+) export jobs`), "JOBS${1}_export jobs"},
	{regexp.MustCompile(`\b\d[\d,]*(\.\d+)?( ?(ms|s|kB|MB))?\b`), "#"},
	{regexp.MustCompile(`\s+`), " "},
}

// answer is what a program prints, or what a page says it prints: its lines, but for the
// rows of tables, and of each table's rows the first cells, by the line above them.
type answer struct {
	lines  []string
	tables map[string][]string
}

func answerOf(text string) answer {
	a, header := answer{tables: map[string][]string{}}, ""
	for line := range strings.Lines(text) {
		for _, l := range loose {
			line = l.what.ReplaceAllString(line, l.stands)
		}
		line = strings.TrimSpace(line)
		cell, _, row := strings.Cut(line, " | ")
		switch {
		case header != "" && row:
			a.tables[header] = append(a.tables[header], cell)
		case strings.Contains(line, "---") && strings.Trim(line, "-+| ") == "":
			header = strings.Join(a.lines[max(len(a.lines)-1, 0):], "")
		case line == "":
			header = ""
		default:
			a.lines, header = append(a.lines, line), ""
		}
	}
	return a
}

// differs says what a page shows that the program does not print. The page may show a
// part. The rows of a table are data, and the program prints none that the page lacks;
// a table of tables has the same.
func (page answer) differs(program answer) string {
	begins := 0
	for begins <= len(program.lines)-len(page.lines) && !slices.Equal(page.lines, program.lines[begins:begins+len(page.lines)]) {
		begins++
	}
	if begins > len(program.lines)-len(page.lines) {
		return "lines:\n" + strings.Join(page.lines, "\n") + "\nof the program:\n" + strings.Join(program.lines, "\n")
	}
	for header, cells := range page.tables {
		for _, cell := range program.tables[header] {
			if !slices.Contains(cells, cell) {
				return "the page lacks the row " + cell + " below " + header
			}
		}
		if strings.HasPrefix(strings.ToLower(header), "table ") && !slices.Equal(cells, program.tables[header]) {
			return "rows below " + header + ": " + strings.Join(cells, " ") + "\nof the program: " + strings.Join(program.tables[header], " ")
		}
	}
	return ""
}

// transcripts holds what README.md and docs/walkthrough.md show to what the programs
// print on the sandbox: a sync of two days of it, and a lake of nine.
func transcripts(t *testing.T, shims string) {
	folder, printed, shown := t.TempDir(), map[string]answer{}, 0
	for _, block := range blocks(read(t, "walkthrough.md"), "text") {
		command, text, _ := strings.Cut(strings.TrimPrefix(block, "$ "), "\n")
		run := strings.Replace(command, "--days 90", "--days 9", 1)
		if run == "go run ./cmd/debug" || strings.HasPrefix(run, "go run ./cmd/debug --") {
			run = strings.Replace(run, "cmd/debug", "cmd/debug --sandbox-days 2", 1)
		}
		shell := exec.CommandContext(t.Context(), "bash", "-c", run)
		shell.Dir = folder
		shell.Env = append(os.Environ(), "PATH="+shims+string(filepath.ListSeparator)+os.Getenv("PATH"), "NO_COLOR=1", "TERM=dumb")
		out, err := shell.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
		printed[command] = answerOf(string(out))
		text, part := strings.CutPrefix(text, "[...]\n")
		page := answerOf(text)
		if differs := page.differs(printed[command]); differs != "" {
			t.Errorf("%s: make transcripts writes the page anew: %s", command, differs)
		} else if !part && !strings.Contains(command, "head -n") && len(page.lines) < len(printed[command].lines) {
			t.Errorf("%s: the page shows a part only; the program prints\n%s", command, out)
		}
		shown++
	}
	for name, command := range map[string]string{"debug": "go run ./cmd/debug", "operator": "go run ./cmd/debug query --lake lake --recipe median-days-in-segment"} {
		_, text, _ := strings.Cut(read(t, "../README.md"), "<!-- transcript: "+name+" -->\n```text\n")
		text, _, found := strings.Cut(text, "<!-- end -->")
		if _, ran := printed[command]; !ran || !found {
			t.Errorf("README.md has no transcript %s, or the walkthrough does not run %s", name, command)
		} else if differs := answerOf(strings.ReplaceAll(text, "```", "")).differs(printed[command]); differs != "" {
			t.Errorf("README.md: make transcripts writes its transcripts anew: %s: %s", name, differs)
		}
	}
	if shown < 10 {
		t.Errorf("the walkthrough has %d commands", shown)
	}
}
