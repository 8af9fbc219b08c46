//go:build genuine

package genuine

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"intercom-connector/operator/lake/storetest"
)

// Who may use what plays AWS here.
const (
	accessKey = storetest.AccessKey
	secretKey = storetest.SecretKey
)

// moto plays AWS's services at an address of this machine. More of its environment
// may be given.
func moto(t *testing.T, environ ...string) (url string) {
	t.Helper()
	port := strconv.Itoa(freePort(t))
	command := exec.Command(filepath.Join(environment(t, "moto"), "bin", "moto_server"), "-H", "127.0.0.1", "-p", port)
	command.Env = append(os.Environ(), environ...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	url = "http://127.0.0.1:" + port
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if response, err := http.Get(url + "/moto-api/data.json"); err == nil {
			response.Body.Close()
			return url
		}
		if time.Since(began) > 10*time.Minute {
			t.Fatal("moto does not serve after ten minutes")
		}
	}
}

// made is what stack.py has made of the template.
type made struct {
	Resources   map[string]map[string]string // by the template's name: what it is called, by attribute
	Differences []string
}

// stack makes those resources of deploy/operator.yaml whose type begins so, in the
// services at an address, and wants them to be what the template says.
func stack(t *testing.T, url, only string, values map[string]string) made {
	t.Helper()
	given, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	python := filepath.Join(environment(t, "moto"), "bin", "python")
	command := exec.Command(python, "python/stack.py", "../../deploy/operator.yaml", url, string(given), only)
	command.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+accessKey, "AWS_SECRET_ACCESS_KEY="+secretKey)
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	var m made
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	if err != nil {
		t.Fatalf("stack.py: %v\n%s", err, problems.String())
	}
	for _, difference := range m.Differences {
		t.Errorf("what is there is not what the template says: %s", difference)
	}
	return m
}
