// Package lambdatest runs the function's program as Lambda does: a process with a
// runtime API, which gives it events and takes its answers. For tests.
package lambdatest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// FunctionName is what the function is called.
const FunctionName = "intercom-operator"

// Answer is what an invocation came to.
type Answer struct {
	OK   bool   // it did not fail
	Body string // the result, or the error
}

// Invocation is an event on its way through an environment.
type Invocation struct {
	Answer chan Answer // none comes from an environment that dies

	event    string
	deadline time.Time
}

// Environment is a process that Lambda has started, with its runtime API. It takes
// one event at a time.
type Environment struct {
	Output *Lines

	t      *testing.T
	cmd    *exec.Cmd
	next   chan *Invocation
	exited chan struct{}

	mu      sync.Mutex
	running map[string]*Invocation
}

// Lines is what a process has written, in a file: when an answer has come, all that was
// written before it is there. Many goroutines may use it.
type Lines struct{ name string }

func (l *Lines) String() string {
	text, err := os.ReadFile(l.name)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Start starts a program in an environment of these variables and no others. It is
// killed at the end of the test.
func Start(t *testing.T, program string, environ ...string) *Environment {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close() // the process has its own
	e := &Environment{
		Output: &Lines{out.Name()}, t: t, cmd: exec.Command(program), next: make(chan *Invocation), exited: make(chan struct{}),
		running: map[string]*Invocation{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", e.giveNext)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/{what}", e.takeAnswer)
	e.cmd.Stdout, e.cmd.Stderr = out, out
	e.cmd.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(Serve(t, mux), "http://"), "AWS_LAMBDA_FUNCTION_NAME=" + FunctionName,
	}, environ...)
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = e.cmd.Wait()
		close(e.exited)
	}()
	t.Cleanup(e.Kill)
	return e
}

func (e *Environment) giveNext(w http.ResponseWriter, r *http.Request) {
	select {
	case i := <-e.next:
		e.mu.Lock()
		id := strconv.Itoa(len(e.running))
		e.running[id] = i
		e.mu.Unlock()
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", id)
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:"+FunctionName)
		_, _ = io.WriteString(w, i.event)
	case <-r.Context().Done():
	}
}

func (e *Environment) takeAnswer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	e.mu.Lock()
	i := e.running[r.PathValue("id")]
	e.mu.Unlock()
	if err != nil || i == nil {
		http.Error(w, "no such invocation", http.StatusBadRequest)
		return
	}
	i.Answer <- Answer{r.PathValue("what") == "response", string(body)}
	w.WriteHeader(http.StatusAccepted)
}

// Kill is kill -9.
func (e *Environment) Kill() {
	_ = e.cmd.Process.Kill()
	<-e.exited
}

// Send gives the environment an event without waiting for its answer.
func (e *Environment) Send(event string, timeout time.Duration) *Invocation {
	e.t.Helper()
	i := &Invocation{event: event, deadline: time.Now().Add(timeout), Answer: make(chan Answer, 1)}
	select {
	case e.next <- i:
	case <-e.exited:
		e.t.Fatalf("the function has ended: %s", e.Output)
	}
	return i
}

// Wait waits for an answer.
func (e *Environment) Wait(i *Invocation) Answer {
	e.t.Helper()
	select {
	case a := <-i.Answer:
		return a
	case <-e.exited:
		e.t.Fatalf("the function has ended: %s", e.Output)
		return Answer{}
	}
}

// Call gives the environment an event and waits for its answer.
func (e *Environment) Call(event string, timeout time.Duration) Answer {
	e.t.Helper()
	return e.Wait(e.Send(event, timeout))
}

// Serve serves on this machine for the time of the test, and returns where.
func Serve(t *testing.T, h http.Handler) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String()
}

// Build builds the function's program into a folder, as make operator-zip does.
func Build(folder string) (program string, err error) {
	program = filepath.Join(folder, "bootstrap")
	build := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags=-s -w", "-o", program, "intercom-connector/cmd/operator")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return program, nil
}
