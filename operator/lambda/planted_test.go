package lambda_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"intercom-connector/intercom/intercomtest"
	"intercom-connector/operator/lambda/lambdatest"
)

// echoes are the places where a server can send a token back.
var echoes = map[string]intercomtest.Change{
	"workspace": func(at string, _ http.Header, _ *int, body []byte) []byte {
		if at != "/me" {
			return body
		}
		return bytes.ReplaceAll(bytes.ReplaceAll(body, []byte(`"sandbox"`), []byte(`"`+token+`"`)), []byte(`"name":"`), []byte(`"name":"`+token))
	},
	"zone":           intercomtest.Refuse("/me", 200, `{"type":"admin","app":{"id_code":"sandbox","timezone":"`+token+`"}}`, "X-Request-Id", token),
	"refusal":        intercomtest.Refuse("/tags", 403, `{"type":"error.list","request_id":"`+token+`","errors":[{"code":"`+token+`","message":"the token `+token+` may not","field":"`+token+`"}]}`, "X-Request-Id", token),
	"error page":     intercomtest.Refuse("/contacts", 418, "<html>"+token),
	"kind of answer": intercomtest.Refuse("/segments", 200, "not JSON", "Content-Type", token),
	"coding":         intercomtest.Refuse("/segments", 200, "{}", "Content-Encoding", token),
	"redirect":       intercomtest.Refuse("/companies", 302, "", "Location", "http://"+token+".example/"+token+"?"+token),
	"dataset": func(at string, _ http.Header, _ *int, body []byte) []byte {
		if !strings.Contains(at, "/get_datasets") {
			return body
		}
		return bytes.ReplaceAll(body, []byte(`"name":"`), []byte(`"name":"`+token))
	},
	"job": func(at string, _ http.Header, _ *int, body []byte) []byte {
		if !strings.Contains(at, "/enqueue") {
			return body
		}
		return bytes.ReplaceAll(body, []byte(`"job_identifier":"`), []byte(`"job_identifier":"`+token))
	},
}

// TestATokenThatIsEchoedStaysOut has a server send the token back, in each place: it is
// in no line of the function's log, none of its metrics, answers and hand-overs, and in
// no file of the lake.
func TestATokenThatIsEchoedStaysOut(t *testing.T) {
	for name, change := range echoes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var echoed atomic.Bool // requests are answered side by side
			base := lambdatest.Serve(t, intercomtest.Rewrite(w.Sandbox, func(at string, header http.Header, status *int, body []byte) []byte {
				body = change(at, header, status, body)
				if bytes.Contains(body, []byte(token)) || strings.Contains(strings.Join(header.Values("Location"), "")+header.Get("Content-Type")+header.Get("Content-Encoding"), token) {
					echoed.Store(true)
				}
				return body
			}))
			env := map[string]string{"INTERCOM_BASE_URL": base}
			if name == "dataset" || name == "job" {
				env["OPERATOR_REPORTING"], env["OPERATOR_LOOKBACK_DAYS"] = "call", "1"
			}
			f := w.function(env)
			timeout := plenty
			if name == "kind of answer" { // which is asked for again for minutes
				timeout = briefly
			}
			answer := f.Call(`{}`, timeout)
			if !echoed.Load() {
				t.Error("the token was not sent back")
			}
			said := answer.Body + f.Output.String() + strings.Join(w.handedOver(), "")
			if strings.Contains(said, token) {
				at := strings.Index(said, token)
				t.Errorf("it says … %s …", said[max(0, at-300):at+len(token)])
			}
			err := filepath.WalkDir(w.lake, func(path string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				content, err := os.ReadFile(path)
				if strings.Contains(path, token) || bytes.Contains(content, []byte(token)) {
					t.Errorf("it is in %s", path)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
