//go:build genuine

package genuine

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"intercom-connector/connector"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// built is the project as make connector-sdk writes it, once for all tests.
var built = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "project-")
	if err != nil {
		return "", err
	}
	return folder, run("sh", "../../deploy/connector-sdk/package.sh", folder)
})

// programs is a folder with debug and operator, built once for all tests.
var programs = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "programs-")
	if err != nil {
		return "", err
	}
	return folder, run("go", "build", "-o", folder+"/", "../../cmd/debug", "../../cmd/operator")
})

// program is the path of one of them.
func program(t *testing.T, name string) string {
	t.Helper()
	folder, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, name)
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, made := range []func() (string, error){built, programs} {
		if folder, err := made(); err == nil {
			_ = os.RemoveAll(folder)
		}
	}
	os.Exit(code)
}

// run runs a command to its end. Its error holds what the command wrote.
func run(name string, arguments ...string) error {
	if out, err := exec.Command(name, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(arguments, " "), err, out)
	}
	return nil
}

// written is a copy of the project, as it is after an upload: nothing in it may
// be run.
func written(t *testing.T) string {
	t.Helper()
	source, err := built()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "project")
	if err := os.CopyFS(folder, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	return folder
}

var making sync.Mutex

// environment is the folder of the virtual environment of that name.
func environment(t *testing.T, name string) string {
	t.Helper()
	making.Lock() // one test makes it, the others find it
	defer making.Unlock()
	command := exec.Command("sh", "venv.sh", name)
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		t.Fatalf("venv.sh %s: %v\n%s", name, err, problems.String())
	}
	return strings.TrimSpace(string(out))
}

// process is a started project.
type process struct {
	*exec.Cmd
	port   string
	client sdk.SourceConnectorClient

	mu  sync.Mutex
	log []string // lines on standard output after the readiness line
}

// started starts a project as the platform does, on an SDK of that version.
// arguments are production.py's.
func started(t *testing.T, project, version string, arguments ...string) *process {
	t.Helper()
	script, err := filepath.Abs("python/production.py")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(freePort(t))
	python := filepath.Join(environment(t, "sdk-"+version), "bin", "python")
	p := &process{port: port, Cmd: exec.Command(python, append([]string{"-u", script, port}, arguments...)...)}
	p.Dir = project
	// A proxy that is not there: nothing on this machine may go through it.
	p.Env = append(os.Environ(), "PYTHONPATH="+project, "PYTHONDONTWRITEBYTECODE=1",
		"http_proxy=http://127.0.0.1:9", "https_proxy=http://127.0.0.1:9", "grpc_proxy=http://127.0.0.1:9", "no_proxy=", "NO_PROXY=", "no_grpc_proxy=")
	var problems bytes.Buffer
	p.Stderr = &problems
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	t.Cleanup(func() {
		_ = p.Process.Kill()
		<-read
		_ = p.Wait()
		if t.Failed() {
			t.Logf("log:\n%s\nstderr:\n%s", strings.Join(p.lines(), "\n"), problems.String())
		}
	})
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 16<<20)
	ready := make(chan struct{}, 1)
	go func() {
		defer close(read)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "Running on fivetran_connector_sdk: "+version) {
				ready <- struct{}{}
				continue
			}
			p.mu.Lock()
			p.log = append(p.log, lines.Text())
			p.mu.Unlock()
		}
	}()
	select {
	case <-ready:
		p.client = sdk.NewSourceConnectorClient(dial(t, "127.0.0.1:"+port))
	case <-read:
		t.Fatalf("the project did not start: %s", problems.String())
	case <-time.After(10 * time.Minute):
		t.Fatal("the project was not ready after ten minutes")
	}
	return p
}

// freePort gives a port once, and none of those that a connection or another listener is
// given unasked: nobody takes it before the program that it is for.
func freePort(t *testing.T) int {
	t.Helper()
	for range 10_000 {
		port := 10_000 + int(ports.Add(1)-1+int64(os.Getpid())*101)%20_000
		if listener, err := net.Listen("tcp", ":"+strconv.Itoa(port)); err == nil {
			listener.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

var ports atomic.Int64

func (p *process) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.log...)
}

// messages are the log lines' texts, each line checked for its form.
func (p *process) messages(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, line := range p.lines() {
		var record struct {
			Level, Message string
			Origin         string `json:"message_origin"`
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil || (record.Origin != "connector_sdk" && record.Origin != "library") {
			t.Errorf("not a log line of the SDK: %q", line)
		}
		all.WriteString(record.Level + " " + record.Message + "\n")
	}
	return all.String()
}

// direct is the connector itself, as the project's answers are compared with.
func direct(t *testing.T) sdk.SourceConnectorClient {
	t.Helper()
	return sdk.NewSourceConnectorClient(dial(t, serving(t)))
}

// serving is the address of the connector itself.
func serving(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := connector.NewServer(connector.Options{AllowBaseURL: true})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-ended
	})
	return listener.Addr().String()
}

func dial(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.WaitForReady(true)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// workspace serves a sandbox whose clock stands still, so that two syncs read
// the same, and returns
// a configuration of tables of every type and kind of key.
func workspace(t *testing.T) map[string]string {
	t.Helper()
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	base, stop, err := sandbox.New(sandbox.Options{
		Now: func() time.Time { return noon }, Contacts: 30, Companies: 5, RowsPerDay: 150,
		JobTime: func(string, int, time.Duration) time.Duration { return 0 }, // no clock would end a longer job
	}).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	return map[string]string{
		"access_token": "sandbox-token", "base_url": base, "memberships": "daily", "engagement": "on",
		"dataset_id":         "conversation, conversation_sla_status_log, call, copilot_prompt_response_pair",
		"initial_start_time": "2026-05-29", "window_seconds": "345600",
	}
}
