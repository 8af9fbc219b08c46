package build

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"

	"intercom-connector/internal/printable"
)

// Command is how a person types a program of the project, such as "debug", in a shell:
// go run in a checkout where this one was started so, else as this one was called. One
// that was installed as intercom-debug has intercom-operator beside it.
func Command(program string) string {
	own := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		own = path.Base(info.Path)
	}
	return command(os.Args[0], own, program)
}

// byGoRun is where go run has put what it starts: a folder go-build1234, or one of the
// build cache.
var byGoRun = regexp.MustCompile(`[/\\]go-build[^/\\]*[/\\]|[/\\][0-9a-f]{64}-d[/\\]`)

func command(called, own, program string) string {
	if byGoRun.MatchString(called) {
		return "go run ./cmd/" + program
	}
	if program == own {
		return printable.Argument(called)
	}
	base := filepath.Base(called)
	if !strings.Contains(base, own) {
		return program
	}
	return printable.Argument(strings.TrimSuffix(called, base) + strings.Replace(base, own, program, 1))
}
