package connectorsdk

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"intercom-connector/connector"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// python is Debian's: python3-grpcio and python3-protobuf install what the
// platform has.
const python = "/usr/bin/python3"

// program is the server for this machine, built once.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "server-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "server")
	build := exec.Command("go", "build", "-o", path, "intercom-connector/cmd/server")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	return path, build.Run()
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// written writes the project as make connector-sdk does.
func written(t *testing.T) string {
	t.Helper()
	server, err := program()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "connector-sdk")
	packaged(t, folder, server)
	return folder
}

func packaged(t *testing.T, folder, server string) {
	t.Helper()
	if out, err := exec.Command("sh", "package.sh", folder, server).CombinedOutput(); err != nil {
		t.Fatalf("package.sh: %v\n%s", err, out)
	}
}

// process is a started project.
type process struct {
	*exec.Cmd
	client sdk.SourceConnectorClient

	mu  sync.Mutex
	log []string // lines on standard output after the readiness line
}

// started starts a project as the platform does. arguments are production.py's.
func started(t *testing.T, project string, arguments ...string) *process {
	t.Helper()
	if err := exec.Command(python, "-c", "import grpc, google.protobuf").Run(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3-grpcio and python3-protobuf are missing: .ci/run installs them")
		}
		t.Skip("needs Debian's Python with gRPC: apt-get install -y python3-grpcio python3-protobuf (.ci/run does)")
	}
	standin, err := filepath.Abs("testdata/standin")
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(python, append([]string{filepath.Join(standin, "production.py")}, arguments...)...)}
	p.Dir = project
	p.Env = append(os.Environ(), "PYTHONPATH="+standin+string(filepath.ListSeparator)+project,
		"PYTHONDONTWRITEBYTECODE=1", "DESCRIPTORS="+descriptors(t))
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
	port := make(chan string, 1)
	go func() {
		defer close(read)
		ready := regexp.MustCompile(`^Running on fivetran_connector_sdk: \S+ port (\d+)$`)
		for lines.Scan() {
			if match := ready.FindStringSubmatch(lines.Text()); match != nil {
				port <- match[1]
				continue
			}
			p.mu.Lock()
			p.log = append(p.log, lines.Text())
			p.mu.Unlock()
		}
	}()
	select {
	case number := <-port:
		p.client = sdk.NewSourceConnectorClient(dial(t, "127.0.0.1:"+number))
	case <-read:
		t.Fatalf("the project did not start: %s", problems.String())
	case <-time.After(30 * time.Second):
		t.Fatal("the project was not ready after 30 seconds")
	}
	return p
}

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
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Origin != "connector_sdk" {
			t.Errorf("not a log line of the SDK: %q", line)
		}
		all.WriteString(record.Level + " " + record.Message + "\n")
	}
	return all.String()
}

// descriptors writes the protocol for the stand-in, which makes its modules of it.
func descriptors(t *testing.T) string {
	t.Helper()
	files := &descriptorpb.FileDescriptorSet{}
	for _, file := range []protoreflect.FileDescriptor{sdk.File_common_proto, sdk.File_connector_sdk_proto} {
		files.File = append(files.File, protodesc.ToFileDescriptorProto(file))
	}
	wire, err := proto.Marshal(files)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "descriptors")
	if err := os.WriteFile(path, wire, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// direct is the connector itself, as the project's answers are compared with.
func direct(t *testing.T) sdk.SourceConnectorClient {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := connector.NewServer(connector.Options{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-ended
	})
	return sdk.NewSourceConnectorClient(dial(t, listener.Addr().String()))
}

func dial(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// workspace serves a sandbox whose clock stands still, so that two syncs read
// the same, and returns a configuration of
// tables of every type and kind of key.
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
		"access_token": "sandbox-token", "base_url": base, "memberships": "daily",
		"dataset_id":         "conversation, conversation_sla_status_log, call, copilot_prompt_response_pair",
		"initial_start_time": "2026-05-29", "window_seconds": "345600",
	}
}
