package lambda_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"intercom-connector/operator/lambda/lambdatest"
)

// cloud is AWS as the function sees it beside its runtime: the service that
// invokes it, and Secrets Manager.
type cloud struct {
	url string
	t   *testing.T

	mu     sync.Mutex
	secret string
	asked  int      // for the secret
	queued []string // events of asynchronous invocations, such as hand-overs
}

func startCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{t: t, secret: token}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", c.invoke)
	mux.HandleFunc("POST /{$}", c.getSecret)
	c.url = lambdatest.Serve(t, mux)
	return c
}

func (c *cloud) invoke(w http.ResponseWriter, r *http.Request) {
	event, err := io.ReadAll(r.Body)
	if err != nil || r.PathValue("name") != lambdatest.FunctionName || r.Header.Get("X-Amz-Invocation-Type") != "Event" {
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
func (c *cloud) start(env map[string]string) *lambdatest.Environment {
	c.t.Helper()
	environ := append(awsEnvironment(), "OPERATOR_TOKEN_SECRET="+secretARN,
		"AWS_ENDPOINT_URL_LAMBDA="+c.url, "AWS_ENDPOINT_URL_SECRETS_MANAGER="+c.url, "OPERATOR_RESERVE_SECONDS=2")
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	return lambdatest.Start(c.t, builtProgram(c.t), environ...)
}

var built struct {
	sync.Once
	path string
	err  error
}

// builtProgram builds the operator, once.
func builtProgram(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		var folder string
		if folder, built.err = os.MkdirTemp("", "operator"); built.err == nil {
			built.path, built.err = lambdatest.Build(folder)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
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
