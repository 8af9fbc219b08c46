package torture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// built are the project's commands, built once for all tests.
var built struct {
	sync.Mutex
	folder string
}

// command is the path of one of the project's commands.
func command(t *testing.T, name string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if built.folder == "" {
		folder, err := os.MkdirTemp("", "torture")
		if err != nil {
			t.Fatal(err)
		}
		built.folder = folder
	}
	path := filepath.Join(built.folder, name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "../../cmd/"+name).CombinedOutput(); err != nil {
		t.Fatalf("cmd/%s: %v\n%s", name, err, out)
	}
	return path
}

// removeBuilt removes the commands.
func removeBuilt() {
	if built.folder != "" {
		_ = os.RemoveAll(built.folder)
	}
}

// process is one of the project's commands at work.
type process struct {
	cmd    *exec.Cmd
	out    output
	exited chan struct{} // closed when it has ended
}

// output is what a process has written, to be read while it goes on.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // holds a token after each write
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.more <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// launch starts a command; it is killed at the end of the test at the latest.
func launch(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(command(t, name), args...), exited: make(chan struct{})}
	p.out.more = make(chan struct{}, 1)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait() // the exit code is in ProcessState
	}()
	t.Cleanup(p.kill)
	return p
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// wait waits for the end and gives the exit code, -1 for a process that was
// killed.
func (p *process) wait(t *testing.T, patience time.Duration) int {
	t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatalf("%s did not end in %v:\n%s", p.cmd.Path, patience, p.out.String())
		return 0
	}
}

var listening = regexp.MustCompile(`listening address=\S*:(\d+)`)

// server starts the connector and gives its port.
func server(t *testing.T) (p *process, port string) {
	t.Helper()
	p = launch(t, "server", "--port", "0", "--allow-base-url")
	patience := time.After(10 * time.Minute)
	for {
		if found := listening.FindStringSubmatch(p.out.String()); found != nil {
			return p, found[1]
		}
		select {
		case <-p.out.more:
		case <-p.exited:
			t.Fatalf("the server ended: %s", p.out.String())
		case <-patience:
			t.Fatalf("the server does not listen: %s", p.out.String())
		}
	}
}

// configure writes a configuration file.
func configure(t *testing.T, folder string, configuration map[string]string) string {
	t.Helper()
	text, err := json.Marshal(configuration)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "configuration.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// leakedFiles looks for the token in every file of a folder but its
// configuration.
func leakedFiles(folder string) (found []string) {
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return []string{err.Error()}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			found = append(found, fmt.Sprint(err))
		}
		if !strings.HasSuffix(file, "configuration.json") {
			found = append(found, leaked(filepath.Base(file), string(text))...)
		}
	}
	return found
}
