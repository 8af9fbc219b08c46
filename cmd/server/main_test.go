package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"intercom-connector/internal/exit"
	sdk "intercom-connector/proto"
)

// The server is what runs beside customers' data: it stays pure Go, without
// the tester's database, the operator's cloud and the sandbox. A module that is
// to be added is added here by name.
func TestServerIsLean(t *testing.T) {
	command := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
	command.Env = append(command.Environ(), "CGO_ENABLED=0")
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := strings.Fields(string(out))
	slices.Sort(modules)
	want := []string{
		"github.com/agext/levenshtein",
		"github.com/beorn7/perks",
		"github.com/cenkalti/backoff/v5",
		"github.com/cespare/xxhash/v2",
		"github.com/klauspost/compress",
		"github.com/klauspost/cpuid/v2",
		"github.com/mozillazg/go-unidecode",
		"github.com/munnerz/goautoneg",
		"github.com/prometheus/client_golang",
		"github.com/prometheus/client_model",
		"github.com/prometheus/common",
		"github.com/prometheus/procfs",
		"github.com/zeebo/xxh3",
		"golang.org/x/net",
		"golang.org/x/sync",
		"golang.org/x/sys",
		"golang.org/x/text",
		"google.golang.org/genproto/googleapis/rpc",
		"google.golang.org/grpc",
		"google.golang.org/protobuf",
		"intercom-connector",
	}
	if diff := cmp.Diff(want, slices.Compact(modules)); diff != "" {
		t.Errorf("the server's modules (-listed +built in):\n%s", diff)
	}
	packages := exec.Command("go", "list", "-deps", ".")
	packages.Env = command.Env
	if out, err = packages.Output(); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"sandbox", "tester", "operator"} {
		if strings.Contains(string(out), "intercom-connector/"+other) {
			t.Errorf("the server holds the package %s", other)
		}
	}
}

// started runs the server on a free port until the test ends.
func started(t *testing.T, flags ...string) (port int, log *bytes.Buffer, stop func() error) {
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
	go func() { done <- run(ctx, append(flags, "--port", strconv.Itoa(port)), nil, log, log) }()
	return port, log, func() error {
		cancel()
		return <-done
	}
}

func TestServesOnBothFamilies(t *testing.T) {
	port, log, stop := started(t, "--reflection")
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
		if answer, err := reflects(t, connection); err != nil || !strings.Contains(answer.String(), "fivetran_sdk.v2.SourceConnector") {
			t.Errorf("reflection: %v, %v", answer, err)
		}
		_ = connection.Close()
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--health", "--port", strconv.Itoa(port)}, nil, &out, &out); err != nil {
		t.Errorf("--health: %v", err)
	}
	if err := stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if err := run(t.Context(), []string{"--health", "--port", strconv.Itoa(port)}, nil, &out, &out); err == nil || !strings.HasPrefix(err.Error(), "no healthy server at localhost:") {
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

// reflects asks which services there are.
func reflects(t *testing.T, connection *grpc.ClientConn) (*reflectionpb.ServerReflectionResponse, error) {
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
	return stream.Recv()
}

// With --host the server is at that address alone; without --reflection it tells nobody
// which services it has.
func TestHost(t *testing.T) {
	scraped, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = scraped.Close()
	port, log, stop := started(t, "--host", "127.0.0.1", "--metrics-addr", scraped.Addr().String())
	connection, err := grpc.NewClient(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := healthpb.NewHealthClient(connection).Check(t.Context(), &healthpb.HealthCheckRequest{}, grpc.WaitForReady(true)); err != nil {
		t.Error(err)
	}
	if answer, err := http.Get("http://" + scraped.Addr().String() + "/healthz"); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %v, %v", answer, err)
	} else {
		_ = answer.Body.Close()
	}
	if answer, err := reflects(t, connection); status.Code(err) != codes.Unimplemented {
		t.Errorf("reflection: %v, %v", answer, err)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		network, is := a.(*net.IPNet)
		if !is || network.IP.Equal(net.IPv4(127, 0, 0, 1)) || network.IP.IsLinkLocalUnicast() {
			continue
		}
		if other, err := net.DialTimeout("tcp", net.JoinHostPort(network.IP.String(), strconv.Itoa(port)), time.Second); err == nil {
			other.Close()
			t.Errorf("it is at %s, too", network.IP)
		}
	}
	if err := stop(); err != nil || !strings.Contains(log.String(), "127.0.0.1:"+strconv.Itoa(port)) {
		t.Errorf("%v, %s", err, log)
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
		err := run(t.Context(), test.args, nil, &out, &out)
		if !errors.Is(err, errUsage) || !strings.HasPrefix(out.String(), test.want) {
			t.Errorf("%v: %v, %q", test.args, err, out.String())
		}
	}
}

func TestPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	var out bytes.Buffer
	err = run(t.Context(), []string{"--port", port}, nil, &out, &out)
	want := "port " + port + " is in use by another program: end it, or choose another with --port"
	if err == nil || err.Error() != want || exit.Code(err) != exit.Busy {
		t.Errorf("got %v, code %d", err, exit.Code(err))
	}
	err = run(t.Context(), []string{"--port", "0", "--metrics-addr", "127.0.0.1:" + port}, nil, &out, &out)
	want = "127.0.0.1:" + port + " is in use by another program: end it, or choose another with --metrics-addr"
	if err == nil || err.Error() != want || exit.Code(err) != exit.Busy {
		t.Errorf("got %v, code %d", err, exit.Code(err))
	}
}
