package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/sandbox"
	"intercom-connector/tester/query"
	"intercom-connector/tester/warehouse"
)

// killing is a workspace, the real server and the real tester, and a hand that
// kills them.
type killing struct {
	t       *testing.T
	random  *rand.Rand
	sandbox *sandbox.Sandbox
	clock   atomic.Int64 // the workspace's, seconds of the epoch

	server  *process
	port    string
	folder  string
	typical time.Duration // of a sync

	kills, ofServer, ofTester, late, compared, rows int
	logs                                            []*process
}

// TestKill kills the server and the tester at random moments, the state carried
// on. After each kill the warehouse opens and holds every row that the state
// promises; after a few, one sync to the end lands the truth.
func TestKill(t *testing.T) {
	// In the long form for as long as the others leave of ten minutes.
	patience := time.Now().Add(time.Duration(choose(1, 220)) * time.Second)
	hands := make([]killing, choose(1, 2))
	t.Run("hands", func(t *testing.T) {
		for i := range hands {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				hands[i].t, hands[i].random = t, rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(i)))
				hands[i].work(patience)
			})
		}
	})
	var all killing
	for i := range hands {
		k := &hands[i]
		all.kills, all.late, all.compared, all.rows = all.kills+k.kills, all.late+k.late, all.compared+k.compared, all.rows+k.rows
		all.ofServer, all.ofTester = all.ofServer+k.ofServer, all.ofTester+k.ofTester
	}
	figure("killed: %d times with kill -9 (%d server, %d tester; %d more came too late); after each the warehouse held what the state promised; %d warehouses of %d rows compared with the truth, none differs",
		all.kills, all.ofServer, all.ofTester, all.late, all.compared, all.rows)
}

// work kills until that moment.
func (k *killing) work(until time.Time) {
	for k.kills == 0 || time.Now().Before(until) && !k.t.Failed() {
		k.round(6)
	}
	for _, p := range k.logs {
		for _, wrong := range leaked("output of "+filepath.Base(p.cmd.Path), p.out.String()) {
			k.t.Error(wrong)
		}
	}
}

// round fills a warehouse from a workspace under so many kills, then syncs in
// peace and compares all of it.
func (k *killing) round(kills int) {
	k.folder = k.t.TempDir()
	k.clock.Store(monday.Unix())
	k.sandbox = sandbox.New(sandbox.Options{
		Token: token, Timezone: "UTC", Contacts: -1, Companies: -1, Segments: -1, Tags: -1, Datasets: k.datasets(),
		// The clock stands still but for steps, so that the truth does too.
		Now:     func() time.Time { return time.Unix(k.clock.Load(), 0) },
		JobTime: func(string, int, time.Duration) time.Duration { return 0 },
	})
	base, closeAll, err := k.sandbox.Listen("127.0.0.1:0")
	if err != nil {
		k.t.Fatal(err)
	}
	defer closeAll()
	configure(k.t, k.folder, map[string]string{
		"access_token": token, "base_url": base, "dataset_id": "all", "lookback_days": "3",
		"initial_start_time": time.Unix(k.clock.Load(), 0).Add(-2 * day).UTC().Format(time.RFC3339),
	})
	for range kills {
		k.attempt()
		k.promises()
		k.pass(time.Duration(k.random.Int64N(int64(6 * time.Hour))))
	}
	k.pass(day)
	for range 2 {
		began := time.Now()
		if code := k.sync().wait(k.t, 20*time.Minute); code != 0 {
			k.t.Fatalf("in peace: exit code %d:\n%s", code, k.logs[len(k.logs)-1].out.String())
		}
		k.typical = max(200*time.Millisecond, time.Since(began))
	}
	k.truth()
}

// pass lets the workspace's time pass.
func (k *killing) pass(d time.Duration) { k.clock.Add(int64(d.Seconds())) }

// sync starts the tester on the server, which it starts if there is none.
func (k *killing) sync() *process {
	if k.server == nil {
		k.server, k.port = server(k.t)
		k.logs = append(k.logs, k.server)
	}
	p := launch(k.t, "debug", "--directory", k.folder, "--configuration", filepath.Join(k.folder, "configuration.json"), "--port", k.port)
	k.logs = append(k.logs, p)
	return p
}

// attempt syncs and kills one of the two at a moment of the sync.
func (k *killing) attempt() {
	if k.typical == 0 {
		k.typical = time.Second
	}
	p := k.sync()
	select {
	case <-time.After(time.Duration(k.random.Int64N(int64(k.typical)))):
	case <-p.exited:
		k.late++
		return
	}
	k.kills++
	if k.random.IntN(2) == 0 {
		k.ofTester++
		p.kill()
		return
	}
	k.ofServer++
	k.server.kill()
	k.server = nil
	select {
	case <-p.exited:
	case <-time.After(3 * time.Second): // it had not called yet, and waits for a server to come
		p.kill()
	}
}

// promises holds the warehouse against the state: both can be read, and the
// rows of the dataset that never changes are there up to its cursor.
func (k *killing) promises() {
	text, err := os.ReadFile(filepath.Join(k.folder, "state.json"))
	if os.IsNotExist(err) {
		return
	}
	if err != nil || !json.Valid(text) {
		k.t.Fatalf("state.json: %v %q", err, text)
	}
	state, err := parseState(string(text))
	if err != nil {
		k.t.Fatal(err)
	}
	call := state.Datasets["call"]
	k.compare("call", call.Floor, call.Cursor)
}

// truth compares all of the warehouse, and looks for the token in its folder.
func (k *killing) truth() {
	text, err := os.ReadFile(filepath.Join(k.folder, "state.json"))
	if err != nil {
		k.t.Fatal(err)
	}
	state, err := parseState(string(text))
	if err != nil {
		k.t.Fatal(err)
	}
	for _, id := range []string{"call", "conversation_state", "tickets"} {
		k.rows += k.compare(id, state.Datasets[id].Floor, k.clock.Load()+1)
	}
	k.compared++
	for _, wrong := range leakedFiles(k.folder) {
		k.t.Error(wrong)
	}
}

// compare holds a table against the workspace and counts its rows.
func (k *killing) compare(table string, floor, until int64) int {
	lines := k.landed(table)
	for i, wrong := range compare(table, k.sandbox.Truth(table), slices.Values(lines), floor, until) {
		if i < 5 {
			k.t.Error(wrong)
		}
	}
	return len(lines)
}

// landed are a table's rows in DuckDB, as lines.
func (k *killing) landed(table string) []string {
	db, err := warehouse.OpenReadOnly(filepath.Join(k.folder, "warehouse.db"), "tester")
	if err != nil {
		k.t.Fatalf("the warehouse after a kill: %v", err)
	}
	defer db.Close()
	answer, err := query.Ask(context.Background(), db, "SELECT * FROM "+table)
	if err != nil {
		k.t.Fatalf("the warehouse after a kill: %v", err)
	}
	defer answer.Close()
	var lines []string
	for {
		row, err := answer.Next()
		if err != nil {
			k.t.Fatalf("the warehouse after a kill: %v", err)
		}
		if row == nil {
			return lines
		}
		var cells []string
		for i, column := range answer.Columns {
			if column.Name != "occurrence" && column.Name != "unparsed_values" && !strings.HasPrefix(column.Name, "_fivetran") {
				cells = append(cells, column.Name+"="+sqlText(row[i].String))
			}
		}
		slices.Sort(cells)
		lines = append(lines, strings.Join(cells, " "))
	}
}

// sqlText is a value as Intercom writes it.
func sqlText(v string) string {
	return strings.TrimSuffix(strings.TrimSuffix(v, "+00"), ".0")
}

// datasets are calls that never change, states without a row id, and tickets
// that appear late and change for two days; one of each a minute.
func (k *killing) datasets() []sandbox.Dataset {
	list := quiet(monday)
	tickets := sandbox.Dataset{
		ID: "tickets", TimeAttribute: "ticket_created_at",
		Attributes: []sandbox.Attribute{
			{QualifiedID: "standard.ticket_id"}, {QualifiedID: "timestamp.ticket_created_at"}, {QualifiedID: "standard.ticket_type"},
		},
	}
	const every = 60 // seconds
	stream := func(row func(i int64, at time.Time) sandbox.Row) func(func(sandbox.Row) bool) {
		return func(yield func(sandbox.Row) bool) {
			for at := monday.Add(-3 * day).Unix(); at <= k.clock.Load(); at += every {
				if !yield(row(at/every, time.Unix(at, 0))) {
					return
				}
			}
		}
	}
	list[0].Rows, list[1].Rows = nil, nil
	list[0].Stream = stream(func(i int64, at time.Time) sandbox.Row {
		return sandbox.Row{Time: at, Visible: at.Add(time.Duration(i%20) * time.Minute), Values: map[string]string{"call.call_id": fmt.Sprint("c", i), "call.call_state": fmt.Sprint("state ", i%7)}}
	})
	list[1].Stream = stream(func(i int64, at time.Time) sandbox.Row {
		return sandbox.Row{Time: at, Values: map[string]string{"standard.conversation_id": fmt.Sprint(i % 900), "standard.conversation_state": fmt.Sprint("state ", i%3)}}
	})
	tickets.Stream = stream(func(i int64, at time.Time) sandbox.Row {
		seen := at.Add(time.Duration(i*37%1440) * time.Minute)
		return sandbox.Row{
			Time: at, Visible: seen, Values: map[string]string{"standard.ticket_id": fmt.Sprint("t", i), "standard.ticket_type": "new"},
			Changes: []sandbox.Change{{At: seen.Add(time.Duration(i*61%1440) * time.Minute), Set: map[string]string{"standard.ticket_type": fmt.Sprint("changed ", i)}}},
		}
	})
	return append(list, tickets)
}
