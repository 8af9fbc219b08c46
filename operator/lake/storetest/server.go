package storetest

import (
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// The server's one bucket, and who may use it.
const (
	Bucket    = "lake"
	AccessKey = "operator"
	SecretKey = "operator-secret"
)

// serverVariable names the program of a genuine S3 server; `make test-s3` sets it.
const serverVariable = "VERSITYGW"

// Genuine says that the server is one that checks what it is sent: secrets and
// checksums.
func Genuine() bool { return os.Getenv(serverVariable) != "" }

// Serve runs an S3 server with an empty bucket for the time of a test and returns
// its address: one within this process, or versitygw where its program is named.
func Serve(t *testing.T) (address string) {
	t.Helper()
	if Genuine() {
		root := t.TempDir()
		if err := os.Mkdir(filepath.Join(root, Bucket), 0o700); err != nil {
			t.Fatal(err)
		}
		return ServeFolder(t, root)
	}
	backend := s3mem.New()
	if err := backend.CreateBucket(Bucket); err != nil {
		t.Fatal(err)
	}
	served := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(served.Close)
	return served.Listener.Addr().String()
}

// ServeFolder runs versitygw, which keeps objects in a folder: each folder in it is
// a bucket.
func ServeFolder(t *testing.T, root string) (address string) {
	t.Helper()
	program, users := os.Getenv(serverVariable), t.TempDir()
	if program == "" {
		t.Fatalf("%s does not name the program of an S3 server", serverVariable)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = listener.Addr().String()
	listener.Close()
	server := exec.Command(program, "--port", address, "--quiet", "--iam-dir", users, "posix", "--versioning-dir", t.TempDir(), root)
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+AccessKey, "ROOT_SECRET_KEY="+SecretKey)
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	for range 1_000_000 {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return address
		}
	}
	t.Fatalf("no server at %s", address)
	return ""
}
