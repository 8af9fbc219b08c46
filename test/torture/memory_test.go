package torture

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	sdk "intercom-connector/proto"
)

// bombs are lists of datasets that are short on the wire, or long, and many times
// as long in memory.
var bombs = map[string]func() string{
	"empty lists": func() string { return `{"data":[` + strings.Repeat("[],", choose(1<<19, 5<<20)) + `[]]}` },
	"attributes": func() string {
		return `{"data":[{"id":"x","attributes":[` + strings.Repeat(`{"id":1},`, choose(1<<18, 2<<20)) + `{}]}]}`
	},
	"depth": func() string { return `{"data":` + strings.Repeat("[", choose(1<<20, 8<<20)) },
	"names": func() string {
		return `{"data":[{"id":"` + strings.Repeat("x", choose(17, 60)<<20) + `"}]}`
	},
	// As much as one answer may be, so that all of it is read and looked at.
	"a name that is allowed": func() string {
		return `{"data":[{"id":"` + strings.Repeat(`\u0078`, 15<<20/6) + `"}]}`
	},
	"attributes that are allowed": func() string {
		return `{"data":[{"id":"x","attributes":[` + strings.Repeat(`{"id":1},`, 110_000) + `{}]}]}`
	},
}

// TestServerMemory has tenants whose servers answer with bombs, again and again, while
// another's sync goes on in the same process.
func TestServerMemory(t *testing.T) {
	p, port := server(t)
	connection, err := grpc.NewClient("passthrough:///127.0.0.1:"+port, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var hostile errgroup.Group
	var answers, wire atomic.Int64
	exploded := make(chan struct{}, 1<<20)
	for name, bomb := range bombs {
		for _, compressed := range []bool{true, false} {
			body := []byte(bomb())
			if compressed {
				body = gzipped(body)
			}
			configuration, closeServer := hostileWorkspace(fmt.Sprintf("%s-%s-%v", token, strings.ReplaceAll(name, " ", ""), compressed), body, compressed)
			defer closeServer()
			hostile.Go(func() error {
				for ctx.Err() == nil {
					_, err := sdk.NewSourceConnectorClient(connection).Schema(ctx, &sdk.SchemaRequest{Configuration: configuration})
					if ctx.Err() == nil && (err == nil || !strings.Contains(err.Error(), "list datasets: 200: the answer is")) {
						t.Errorf("%s, compressed %v: %v", name, compressed, err)
					}
					answers.Add(1)
					wire.Add(int64(len(body)))
					exploded <- struct{}{}
				}
				return nil
			})
		}
	}
	for range choose(8, 400) {
		<-exploded
	}
	n := tenant{number: 1}
	configuration, closeAll := n.workspace(t, choose(503, 40_003))
	defer closeAll()
	if err := n.sync(port, configuration, func(int) {}); err != nil || len(n.ids) != choose(503, 40_003) {
		t.Errorf("a sync meanwhile: %d rows, %v", len(n.ids), err)
	}
	cancel()
	if err := hostile.Wait(); err != nil {
		t.Error(err)
	}
	peak := p.peak(t)
	if limit := int64(512 << 20); peak > limit {
		t.Errorf("the server took %d MB", peak>>20)
	}
	figure("memory: %d lists of datasets that are bombs, %d MB on the wire, from %d tenants at once: another's sync had all of its rows, the server's peak memory %d MB",
		answers.Load(), wire.Load()>>20, 2*len(bombs), peak>>20)
}

func gzipped(body []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(body)
	_ = z.Close()
	return out.Bytes()
}

// hostileWorkspace answers a question for its datasets with a bomb.
func hostileWorkspace(own string, bomb []byte, compressed bool) (configuration map[string]string, closeServer func()) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/me" {
			_, _ = io.WriteString(w, `{"type":"admin","app":{"id_code":"hostile","timezone":"UTC","region":"US"}}`)
			return
		}
		if compressed {
			w.Header().Set("Content-Encoding", "gzip")
		}
		_, _ = w.Write(bomb)
	}))
	return map[string]string{"access_token": own, "base_url": server.URL}, server.Close
}
