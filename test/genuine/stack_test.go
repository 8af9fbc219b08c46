//go:build genuine

package genuine

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"intercom-connector/operator/lambda"
	"intercom-connector/operator/lambda/lambdatest"
	"intercom-connector/sandbox"
)

// required are the template's parameters that have no default, and the address of
// an alarm.
func required(more map[string]string) map[string]string {
	values := map[string]string{"CodeBucket": "code", "CodeKey": "operator.zip", "AlarmEmail": "someone@example.com"}
	for name, value := range more {
		values[name] = value
	}
	return values
}

const token = "a-token-that-nobody-may-see"

// Each resource of the template is taken by its service, and is there as the
// template says: with all that can be left out, and as it was before there was any
// of that, when the token itself was given.
func TestStack(t *testing.T) {
	t.Parallel()
	given := map[string]string{
		"TokenSecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:intercom-token-AbCdEf",
		"KmsKeyArn":      "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
		"CodeSha256":     "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=", "ReservedConcurrency": "2", "Reporting": "conversation,tickets",
	}
	all := stack(t, moto(t), "", required(given)).Resources
	old := stack(t, moto(t), "", required(map[string]string{"AccessToken": token})).Resources
	if old["Token"] == nil || all["Token"] != nil {
		t.Error("a stack has a secret of its own where it was given the token, and only there")
	}
	if len(all) < 80 || len(old) < 75 || all["ExportsAlarm"] == nil || old["ExportsAlarm"] != nil {
		t.Errorf("%d and %d resources", len(all), len(old))
	}
	t.Logf("%d and %d resources are as the template says", len(all), len(old))
}

// The function takes a day over several turns, one of them killed, under exactly
// the rights that the template gives it: moto refuses all others. And it lands the
// exports.
func TestFunctionUnderItsRole(t *testing.T) {
	t.Parallel()
	services := moto(t)
	box := sandbox.New(sandbox.Options{
		Token: token, Contacts: 400, Companies: 30, Timezone: "UTC", RateLimit: 1 << 30, RowsPerDay: 20,
		JobTime: func(string, int, time.Duration) time.Duration { return 0 },
	})
	slow := &gate{Handler: box, at: "/contacts", left: 1}
	intercom := lambdatest.Serve(t, slow)
	made := stack(t, services, "", required(map[string]string{"AccessToken": token, "Reporting": "conversation"})).Resources
	bucket := made["Bucket"]["Ref"]
	role := assumed(t, services, made["FunctionRole"]["Arn"])
	calls := &recorder{to: services}
	environ := append(role, "AWS_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true", "AWS_ENDPOINT_URL="+lambdatest.Serve(t, calls.proxy(t)),
		"AWS_LAMBDA_FUNCTION_NAME="+made["Function"]["Ref"], "INTERCOM_BASE_URL="+intercom,
		"OPERATOR_OUTPUT=s3://"+bucket+"/lake", "OPERATOR_TOKEN_SECRET="+made["Token"]["Ref"], "OPERATOR_REPORTING=conversation",
		"OPERATOR_RESERVE_SECONDS=60")
	program, err := lambdatest.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}

	// The bucket is for TLS only, and this is not.
	if a := lambdatest.Start(t, program, environ...).Call(`{}`, 5*time.Minute); a.OK || !strings.Contains(a.Body, "access denied: to read s3://") {
		t.Errorf("a bucket for TLS only was used without: %+v", a)
	}
	dropPolicy(t, services, bucket)

	f := lambdatest.Start(t, program, environ...)
	first := f.Call(`{}`, 70*time.Second)
	events := calls.handedOver()
	if !first.OK || len(events) != 1 {
		t.Fatalf("the first turn came to %+v and invoked %q\n%s", first, events, f.Output)
	}
	slow.let(1)
	killed := f.Send(events[0], 5*time.Minute)
	select {
	case <-slow.knocked:
	case a := <-killed.Answer:
		t.Fatalf("the second turn came to %+v", a)
	}
	f.Kill()
	slow.let(1 << 30)
	f = lambdatest.Start(t, program, environ...)
	var last lambda.Result
	if a := f.Call(events[0], 5*time.Minute); !a.OK || json.Unmarshal([]byte(a.Body), &last) != nil || last.Outcome != lambda.OutcomePublished || last.Tables != 9 || !last.Complete || last.ExportDays < 30 {
		t.Fatalf("the third turn came to %+v\n%s", a, f.Output)
	}
	t.Logf("three turns, one killed: %+v", last)
	if strings.Contains(f.Output.String(), token) {
		t.Error("the log shows the token")
	}
	// The rights are those of the function; to check and erase is a person's.
	command := exec.Command(program, "verify", "--output", "s3://"+bucket+"/lake")
	command.Env = environ
	if out, err := command.CombinedOutput(); err != nil || strings.Contains(string(out), "unpublished") {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// assumed are the credentials of a role, as variables of the environment. From here
// on the services refuse what no policy allows.
func assumed(t *testing.T, services, role string) []string {
	t.Helper()
	command := exec.Command(filepath.Join(environment(t, "moto"), "bin", "python"), "python/assume.py", services, role)
	command.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+accessKey, "AWS_SECRET_ACCESS_KEY="+secretKey)
	out, err := command.Output()
	if err != nil {
		t.Fatal(problem(err))
	}
	return strings.Fields(string(out))
}

// dropPolicy removes a bucket's policy with the rights of the account's owner.
func dropPolicy(t *testing.T, services, bucket string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, services+"/moto-api/reset-auth", strings.NewReader("1"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(services), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
	})
	if _, err := client.DeleteBucketPolicy(t.Context(), &s3.DeleteBucketPolicyInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
}

// gate is a workspace of one of whose lists only so many pages are let through.
type gate struct {
	http.Handler
	at string

	mu      sync.Mutex
	left    int
	knocked chan struct{}
}

func (g *gate) let(pages int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left, g.knocked = pages, make(chan struct{}, 1000)
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	stop := false
	if r.URL.Path == g.at {
		stop = g.left <= 0
		g.left--
	}
	knocked := g.knocked
	g.mu.Unlock()
	if stop {
		if knocked != nil {
			knocked <- struct{}{}
		}
		<-r.Context().Done()
		return
	}
	g.Handler.ServeHTTP(w, r)
}

// recorder hands calls on to the services, and keeps the events that the function
// sends itself: nobody else would run it.
type recorder struct {
	to string

	mu     sync.Mutex
	events []string
}

func (c *recorder) proxy(t *testing.T) http.Handler {
	t.Helper()
	target, err := url.Parse(c.to)
	if err != nil {
		t.Fatal(err)
	}
	back := httputil.NewSingleHostReverseProxy(target)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/invocations") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			c.mu.Lock()
			c.events = append(c.events, string(body))
			c.mu.Unlock()
			r.Body = io.NopCloser(strings.NewReader(string(body)))
		}
		back.ServeHTTP(w, r)
	})
}

func (c *recorder) handedOver() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	events := c.events
	c.events = nil
	return events
}
