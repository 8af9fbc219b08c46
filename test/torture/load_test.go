package torture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

const streams = 50

// TestLoad gives one server, a process of its own, fifty syncs at once, each
// with a workspace, a token and a configuration of its own. Each gets all of
// its rows and none of another's; none is starved; memory stays bounded.
func TestLoad(t *testing.T) {
	rows := choose(503, 40_003)
	p, port := server(t)
	var tenants [streams]tenant
	var group errgroup.Group
	var half sync.Once
	var all atomic.Int64
	var shares [streams]int64 // rows each had when half of all had come
	began := time.Now()
	for i := range tenants {
		tenants[i].number = i
		configuration, closeAll := tenants[i].workspace(t, rows)
		defer closeAll()
		group.Go(func() error {
			return tenants[i].sync(port, configuration, func(n int) {
				if all.Add(int64(n)) < int64(rows*streams/2) {
					return
				}
				half.Do(func() {
					for j := range tenants {
						shares[j] = tenants[j].rows.Load()
					}
				})
			})
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	total := int64(0)
	for i := range tenants {
		got := tenants[i].rows.Load()
		total += got
		if len(tenants[i].ids) != rows {
			t.Errorf("stream %d has %d of %d rows", i, len(tenants[i].ids), rows)
		}
	}
	fair := fairness(shares[:])
	if *long && fair < 0.5 { // a short one's streams hardly meet
		t.Errorf("fairness %.2f: at half time they had %v rows", fair, shares)
	}
	peak := p.peak(t)
	if limit := int64(400 << 20); peak > limit {
		t.Errorf("the server took %d MB", peak>>20)
	}
	for _, wrong := range leaked("server's output", p.out.String()) {
		t.Error(wrong)
	}
	figure("load: %d streams at once on one server, %d rows in %.1f s, %.0f rows/s, fairness %.2f (1 is equal), the server's peak memory %d MB",
		streams, total, took.Seconds(), float64(total)/took.Seconds(), fair, peak>>20)
}

// tenant is one of the customers that share a server.
type tenant struct {
	number int
	rows   atomic.Int64
	ids    map[string]bool
}

// workspace serves the tenant's rows, which name the tenant.
func (n *tenant) workspace(t *testing.T, rows int) (configuration map[string]string, closeAll func() error) {
	now := time.Now().UTC().Truncate(time.Second)
	d := quiet(now)[0]
	d.Rows = nil
	d.Stream = func(yield func(sandbox.Row) bool) {
		for i := range rows {
			row := sandbox.Row{Time: now.Add(-time.Duration(i%79_000+4000) * time.Second), Values: map[string]string{
				"call.call_id": fmt.Sprintf("%d-%d", n.number, i), "call.call_state": strings.Repeat("words ", 20),
			}}
			if !yield(row) {
				return
			}
		}
	}
	forms := sandbox.BodyForms()
	own := fmt.Sprintf("%s%d", token, n.number)
	workspace := sandbox.New(sandbox.Options{
		Token: own, AppID: fmt.Sprint("tenant", n.number), Datasets: []sandbox.Dataset{d}, Timezone: "UTC",
		Body: forms[n.number%len(forms)], Contacts: -1, Companies: -1, Segments: -1, Tags: -1,
	})
	base, closeAll, err := workspace.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"access_token": own, "base_url": base, "dataset_id": "call", "lookback_days": "0", "lookups": "none",
		"parallel_jobs": fmt.Sprint(1 + n.number%5), "window_seconds": fmt.Sprint(21_600 + 3600*(n.number%7)),
	}, closeAll
}

// sync runs one Update on a connection of its own, and tells of rows that came.
func (n *tenant) sync(port string, configuration map[string]string, came func(rows int)) error {
	conn, err := grpc.NewClient("passthrough:///127.0.0.1:"+port, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	stream, err := sdk.NewSourceConnectorClient(conn).Update(context.Background(), &sdk.UpdateRequest{Configuration: configuration})
	if err != nil {
		return err
	}
	n.ids = map[string]bool{}
	prefix := fmt.Sprint(n.number, "-")
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("stream %d: %w", n.number, err)
		}
		if text := message.GetCheckpoint().GetStateJson(); text != "" && !strings.Contains(text, fmt.Sprintf(`"workspace":"tenant%d"`, n.number)) {
			return fmt.Errorf("stream %d got the state %s", n.number, text)
		}
		for _, record := range message.GetRecords().GetRecords() {
			id := record.GetData()["call_id"].GetString_()
			if !strings.HasPrefix(id, prefix) {
				return fmt.Errorf("stream %d got the row %s", n.number, id)
			}
			n.ids[id] = true
			n.rows.Add(1)
		}
		came(len(message.GetRecords().GetRecords()))
	}
}

// fairness is Jain's index: 1 when all have the same, 1/n when one has all.
func fairness(shares []int64) float64 {
	var sum, squares float64
	for _, x := range shares {
		sum += float64(x)
		squares += math.Pow(float64(x), 2)
	}
	if squares == 0 {
		return 1
	}
	return sum * sum / (float64(len(shares)) * squares)
}
