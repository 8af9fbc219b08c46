package tester

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/script"
	"intercom-connector/tester/warehouse"
)

// A test process started with one of these plays another program.
const (
	actSync = "TESTER_ACT_SYNC" // syncs from the connector at this address
	actHold = "TESTER_ACT_HOLD" // holds this warehouse open until its input ends
	actPath = "TESTER_ACT_PATH" // the warehouse to sync into
	actDie  = "TESTER_ACT_DIE"  // dies at this write of the sync, from 1
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(actSync) != "":
		os.Exit(playSync(os.Getenv(actSync), os.Getenv(actPath)))
	case os.Getenv(actHold) != "":
		os.Exit(playHold(os.Getenv(actHold)))
	}
	os.Exit(m.Run())
}

func playSync(address, path string) int {
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err == nil {
		_, err = Run(context.Background(), Config{Conn: conn, WarehousePath: path, pace: time.Millisecond, before: dieAt(os.Getenv(actDie))})
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// dieAt kills this process at the n-th write.
func dieAt(n string) func(string) {
	left, _ := strconv.Atoi(n)
	return func(string) {
		if left--; left == 0 {
			self, _ := os.FindProcess(os.Getpid())
			self.Kill()
			select {}
		}
	}
}

func playHold(path string) int {
	w, err := warehouse.Open(context.Background(), path, "100MB")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("open")
	io.Copy(io.Discard, os.Stdin)
	w.Close()
	return 0
}

// another starts this test binary as another program.
func another(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), env...)
	return cmd
}

const (
	crashRows  = 2_000
	crashBatch = 50
)

// counting sends rows k = next .. crashRows-1, a checkpoint a batch, and calls
// hit before each message.
type counting struct {
	script.Connector
	hit func()
}

func (c *counting) Update(r *sdk.UpdateRequest, stream grpc.ServerStreamingServer[sdk.UpdateResponse]) error {
	var state struct{ Next int64 }
	if err := json.Unmarshal([]byte(r.GetStateJson()), &state); err != nil {
		return err
	}
	for next := state.Next; next < crashRows; next += crashBatch {
		var records []*sdk.Record
		for k := next; k < next+crashBatch; k++ {
			records = append(records, script.Upsert("t", script.Data{"k": script.Long(k), "v": script.Text(fmt.Sprint("the value of ", k))}))
		}
		for _, m := range []*sdk.UpdateResponse{script.Batch(records...), script.Checkpoint(fmt.Sprintf(`{"next":%d}`, next+crashBatch))} {
			c.hit()
			if err := stream.Send(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// The tester is killed at random, again and again. The state never speaks of
// rows that the warehouse lacks, and in the end every row is there once.
func TestKilledAtRandom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "warehouse.db")
	var victim atomic.Pointer[chan *os.Process] // gives the process once it has started
	var left atomic.Int64                       // messages until the kill
	c := &counting{hit: func() {
		if left.Add(-1) == 0 {
			(<-*victim.Load()).Kill()
		}
	}}
	c.Announces = script.SchemaOf(script.TableOf("t", "k LONG key", "v STRING"))
	address := serveTCP(t, c)
	r := rand.New(rand.NewPCG(1, 2))
	kills := 0
	for done := false; !done; {
		if kills < 12 {
			left.Store(1 + r.Int64N(30))
		} else {
			left.Store(-1)
		}
		cmd := another(t, actSync+"="+address, actPath+"="+path)
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		started := make(chan *os.Process, 1)
		victim.Store(&started)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		started <- cmd.Process
		switch err := cmd.Wait(); {
		case err == nil:
			done = true
		case out.Len() > 0:
			t.Fatalf("after %d kills: %s", kills, out.String())
		default:
			kills++
		}
		checkState(t, path)
	}
	if kills < 5 {
		t.Errorf("only %d kills", kills)
	}
	got := rows(t, Config{WarehousePath: path}, "SELECT count(*), count(DISTINCT k), min(k), max(k), count(*) FILTER (v = 'the value of ' || k) FROM tester.t")
	if want := fmt.Sprintf("%d|%d|0|%d|%d", crashRows, crashRows, crashRows-1, crashRows); got[0] != want {
		t.Errorf("got %s, want %s", got[0], want)
	}
}

// Killed at every write, one after the other: between a commit and its state the
// warehouse is one landing ahead, and each time the next sync goes on.
func TestKilledAtEveryWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "warehouse.db")
	c := &counting{hit: func() {}}
	c.Announces = script.SchemaOf(script.TableOf("t", "k LONG key", "v STRING"))
	address := serveTCP(t, c)
	kills := 0
	for write := 1; ; write = write%4 + 1 {
		cmd := another(t, actSync+"="+address, actPath+"="+path, fmt.Sprintf("%s=%d", actDie, write))
		out, err := cmd.CombinedOutput()
		if len(out) > 0 {
			t.Fatalf("after %d kills: %s", kills, out)
		}
		checkState(t, path)
		if err == nil {
			break
		}
		kills++
	}
	if kills < 4 {
		t.Errorf("only %d kills", kills)
	}
	got := rows(t, Config{WarehousePath: path}, "SELECT count(*), count(DISTINCT k) FROM tester.t")
	if want := fmt.Sprintf("%d|%d", crashRows, crashRows); got[0] != want {
		t.Errorf("got %s, want %s", got[0], want)
	}
}

// A warehouse that was put back without its .wal lacks rows of which the state
// speaks.
func TestWALLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "warehouse.db")
	c := &counting{hit: func() {}}
	c.Announces = script.SchemaOf(script.TableOf("t", "k LONG key", "v STRING"))
	address := serveTCP(t, c)
	for range 3 { // dies when the state has been written, the rows still in the .wal
		if out, err := another(t, actSync+"="+address, actPath+"="+path, actDie+"=2").CombinedOutput(); err == nil || len(out) > 0 {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if err := os.Remove(path + ".wal"); err != nil {
		t.Fatal(err)
	}
	out, err := another(t, actSync+"="+address, actPath+"="+path).CombinedOutput()
	if err == nil || !strings.Contains(string(out), warehouse.ErrApart.Error()) {
		t.Errorf("%v: %s", err, out)
	}
}

// checkState holds the state against the warehouse.
func checkState(t *testing.T, path string) {
	t.Helper()
	text, err := readState(filepath.Join(filepath.Dir(path), "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	var state struct{ Next int64 }
	if err := json.Unmarshal([]byte(text), &state); err != nil || state.Next == 0 {
		return
	}
	got := rows(t, Config{WarehousePath: path}, fmt.Sprintf("SELECT count(*) FROM tester.t WHERE k < %d", state.Next))
	if want := fmt.Sprint(state.Next); got[0] != want {
		t.Errorf("the state speaks of %s rows, the warehouse has %s of them", want, got[0])
	}
}

func serveTCP(t *testing.T, c sdk.SourceConnectorServer) (address string) {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	sdk.RegisterSourceConnectorServer(server, c)
	go server.Serve(lis)
	t.Cleanup(server.Stop)
	return lis.Addr().String()
}

// A crash after the rows were committed and before the state was written: the
// next sync brings the rows again, and each is there once.
func TestStateNotWritten(t *testing.T) {
	s := &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "k LONG key", "v STRING")), Send: script.Says(nil,
		script.Batch(script.Upsert("t", script.Data{"k": script.Long(1), "v": script.Text("a")})), script.Checkpoint(`{"n":1}`))}
	config := serve(t, s)
	state := filepath.Join(filepath.Dir(config.WarehousePath), "sub", "state.json")
	config.StatePath = state // its folder is not there
	if _, err := Run(t.Context(), config); err == nil || !strings.Contains(err.Error(), "state file") {
		t.Fatalf("got %v", err)
	}
	if got := rows(t, config, "SELECT v FROM tester.t"); len(got) != 1 {
		t.Fatalf("rows %q", got)
	}
	if err := os.Mkdir(filepath.Dir(state), 0o700); err != nil {
		t.Fatal(err)
	}
	s.Send = script.Says(nil, script.Batch(script.Upsert("t", script.Data{"k": script.Long(1), "v": script.Text("b")})), script.Checkpoint(`{"n":1}`))
	if _, err := Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, config, "SELECT v FROM tester.t"); len(got) != 1 || got[0] != "b" {
		t.Errorf("rows %q", got)
	}
}

func TestWarehouseOpenElsewhere(t *testing.T) {
	config := serve(t, &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "k LONG key"))})
	holder := another(t, actHold+"="+config.WarehousePath)
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer holder.Wait()
	defer in.Close()
	if _, err := io.ReadFull(out, make([]byte, len("open\n"))); err != nil {
		t.Fatal(err)
	}
	for _, reset := range []bool{false, true} {
		config.Reset = reset
		_, err := Run(t.Context(), config)
		if err == nil || !strings.Contains(err.Error(), "warehouse.db is open in another program") ||
			!strings.Contains(err.Error(), fmt.Sprintf("pid %d): close it and try again", holder.Process.Pid)) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := warehouse.OpenReadOnly(config.WarehousePath, "tester"); err == nil || !strings.Contains(err.Error(), "close it and try again") {
		t.Errorf("got %v", err)
	}
}
