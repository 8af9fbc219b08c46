package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"

	sdk "intercom-connector/proto"
)

// The server is what runs beside customers' data: it stays pure Go, without
// the tester's database, the operator's cloud and the sandbox.
func TestServerIsLean(t *testing.T) {
	command := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{len .CgoFiles}}", ".")
	command.Env = append(command.Environ(), "CGO_ENABLED=0")
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		path, _, _ := strings.Cut(line, " ")
		for _, forbidden := range []string{"duckdb", "aws", "intercom-connector/sandbox", "intercom-connector/tester", "intercom-connector/operator", "arrow"} {
			if strings.Contains(path, forbidden) {
				t.Errorf("the server depends on %s", path)
			}
		}
	}
}

// started runs the server on a free port until the test ends.
func started(t *testing.T) (port int, log *bytes.Buffer, stop func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port = listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	ctx, cancel := context.WithCancel(context.Background())
	log = &bytes.Buffer{}
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"--port", strconv.Itoa(port)}, log, log) }()
	return port, log, func() error {
		cancel()
		return <-done
	}
}

func TestServesOnBothFamilies(t *testing.T) {
	port, log, stop := started(t)
	for _, host := range []string{"127.0.0.1", "::1"} {
		target := net.JoinHostPort(host, strconv.Itoa(port))
		if host == "::1" && !hasIPv6() {
			continue
		}
		connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		ready := grpc.WaitForReady(true)
		if _, err := sdk.NewSourceConnectorClient(connection).ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{}, ready); err != nil {
			t.Errorf("%s: %v", host, err)
		}
		if health, err := healthpb.NewHealthClient(connection).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil || health.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("%s: health %v, %v", host, health, err)
		}
		reflects(t, connection)
		_ = connection.Close()
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--health", "--port", strconv.Itoa(port)}, &out, &out); err != nil {
		t.Errorf("--health: %v", err)
	}
	if err := stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if err := run(t.Context(), []string{"--health", "--port", strconv.Itoa(port)}, &out, &out); err == nil || !strings.HasPrefix(err.Error(), "no healthy server on port") {
		t.Errorf("--health of a server that is gone: %v", err)
	}
	for line := range strings.Lines(log.String()) {
		var record map[string]string
		if err := json.Unmarshal([]byte(line), &record); err != nil || record["message-origin"] != "sdk_connector" {
			t.Errorf("log line %q: %v", line, err)
		}
	}
}

func hasIPv6() bool {
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		return false
	}
	_ = listener.Close()
	return true
}

func reflects(t *testing.T, connection *grpc.ClientConn) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := reflectionpb.NewServerReflectionClient(connection).ServerReflectionInfo(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}}); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil || !strings.Contains(answer.String(), "fivetran_sdk.v2.SourceConnector") {
		t.Errorf("reflection: %v, %v", answer, err)
	}
}

func TestUsage(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"--port", "70000"}, "server: there is no port 70000\n"},
		{[]string{"50051"}, "server: unknown argument \"50051\"\n"},
		{[]string{"--prot", "1"}, "flag provided but not defined: -prot\n"},
	}
	for _, test := range tests {
		var out bytes.Buffer
		err := run(t.Context(), test.args, &out, &out)
		if !errors.Is(err, errUsage) || !strings.HasPrefix(out.String(), test.want) {
			t.Errorf("%v: %v, %q", test.args, err, out.String())
		}
	}
}

func TestPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	var out bytes.Buffer
	err = run(t.Context(), []string{"--port", port}, &out, &out)
	want := "port " + port + " is in use by another program: end it, or choose another with --port"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}
