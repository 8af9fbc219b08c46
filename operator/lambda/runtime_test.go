package lambda_test

import (
	"bytes"
	"encoding/json"
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

const functionName = "intercom-operator"

// cloud is AWS as the function sees it: Lambda's runtime for one environment
// at a time, the service that invokes it, and Secrets Manager.
type cloud struct {
	url string
	t   *testing.T

	mu     sync.Mutex
	secret string
	asked  int      // for the secret
	queued []string // events of asynchronous invocations, such as hand-overs
}

// invocation is an event on its way through an environment.
type invocation struct {
	event    string
	deadline time.Time
	answer   chan answer
}

type answer struct {
	ok   bool
	body string
}

// environment is a process that Lambda has started, with its runtime API.
type environment struct {
	cmd    *exec.Cmd
	next   chan *invocation
	output *lines
	exited chan struct{}
}

// lines is what a process has written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func startCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{t: t, secret: token}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", c.invoke)
	mux.HandleFunc("POST /{$}", c.getSecret)
	c.url = serve(t, mux)
	return c
}

func (c *cloud) invoke(w http.ResponseWriter, r *http.Request) {
	event, err := io.ReadAll(r.Body)
	if err != nil || r.PathValue("name") != functionName || r.Header.Get("X-Amz-Invocation-Type") != "Event" {
		http.Error(w, "not an asynchronous invocation of the function", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	c.queued = append(c.queued, string(event))
	c.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

const secretARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:intercom-abcdef"

func (c *cloud) getSecret(w http.ResponseWriter, r *http.Request) {
	var in struct{ SecretId string }
	if r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" || json.NewDecoder(r.Body).Decode(&in) != nil || in.SecretId != secretARN {
		http.Error(w, `{"__type":"ResourceNotFoundException","Message":"no such secret"}`, http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	json.NewEncoder(w).Encode(map[string]string{"ARN": secretARN, "SecretString": c.secret})
}

// handedOver takes the events that the function has sent itself.
func (c *cloud) handedOver() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	events := c.queued
	c.queued = nil
	return events
}

// start starts the function's program as Lambda does.
func (c *cloud) start(env map[string]string) *environment {
	c.t.Helper()
	e := &environment{next: make(chan *invocation), output: &lines{}, exited: make(chan struct{})}
	running := map[string]*invocation{}
	var mu sync.Mutex
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case i := <-e.next:
			mu.Lock()
			id := strconv.Itoa(len(running))
			running[id] = i
			mu.Unlock()
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", id)
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:"+functionName)
			io.WriteString(w, i.event)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/{what}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		i := running[r.PathValue("id")]
		mu.Unlock()
		if err != nil || i == nil {
			http.Error(w, "no such invocation", http.StatusBadRequest)
			return
		}
		i.answer <- answer{r.PathValue("what") == "response", string(body)}
		w.WriteHeader(http.StatusAccepted)
	})
	e.cmd = exec.Command(builtProgram(c.t))
	e.cmd.Stdout, e.cmd.Stderr = e.output, e.output
	e.cmd.Env = append(awsEnvironment(),
		"AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(serve(c.t, mux), "http://"),
		"AWS_LAMBDA_FUNCTION_NAME="+functionName, "OPERATOR_TOKEN_SECRET="+secretARN,
		"AWS_ENDPOINT_URL_LAMBDA="+c.url, "AWS_ENDPOINT_URL_SECRETS_MANAGER="+c.url,
		"OPERATOR_RESERVE_SECONDS=2",
	)
	for name, value := range env {
		e.cmd.Env = append(e.cmd.Env, name+"="+value)
	}
	if err := e.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	go func() {
		e.cmd.Wait()
		close(e.exited)
	}()
	c.t.Cleanup(e.kill)
	return e
}

// kill is kill -9.
func (e *environment) kill() {
	e.cmd.Process.Kill()
	<-e.exited
}

// send gives an environment an event without waiting for its answer.
func (c *cloud) send(e *environment, event string, timeout time.Duration) *invocation {
	c.t.Helper()
	i := &invocation{event: event, deadline: time.Now().Add(timeout), answer: make(chan answer, 1)}
	select {
	case e.next <- i:
	case <-e.exited:
		c.t.Fatalf("the function has ended: %s", e.output)
	}
	return i
}

// wait waits for the answer; none comes from an environment that dies.
func (c *cloud) wait(e *environment, i *invocation) answer {
	c.t.Helper()
	select {
	case a := <-i.answer:
		return a
	case <-e.exited:
		c.t.Fatalf("the function has ended: %s", e.output)
		return answer{}
	}
}

func (c *cloud) call(e *environment, event string, timeout time.Duration) answer {
	c.t.Helper()
	return c.wait(e, c.send(e, event, timeout))
}

// serve serves on this machine for the time of the test.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return "http://" + listener.Addr().String()
}

var built struct {
	sync.Once
	path, problem string
}

// builtProgram builds the operator, once.
func builtProgram(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		folder, err := os.MkdirTemp("", "operator")
		if err != nil {
			built.problem = err.Error()
			return
		}
		built.path = filepath.Join(folder, "bootstrap")
		build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", built.path, "intercom-connector/cmd/operator")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			built.problem = fmt.Sprintf("%v: %s", err, out)
		}
	})
	if built.problem != "" {
		t.Fatal(built.problem)
	}
	return built.path
}

// TestMain removes what builtProgram has built.
func TestMain(m *testing.M) {
	code := m.Run()
	if built.path != "" {
		os.RemoveAll(filepath.Dir(built.path))
	}
	os.Exit(code)
}

// awsEnvironment is what every AWS client here needs, and nothing of this
// machine's.
func awsEnvironment() []string {
	return []string{
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=operator", "AWS_SECRET_ACCESS_KEY=operator-secret", "AWS_EC2_METADATA_DISABLED=true",
	}
}
