//go:build cgo

package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"intercom-connector/connector"
	"intercom-connector/sandbox"
	"intercom-connector/tester"
)

// The warehouse and the state in testdata/82197ad are as the program wrote them at
// that commit, by syncUpgraded at thatMonday into an empty folder.
var thatMonday = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

// hourly are the rows of a dataset, one an hour from two days before thatMonday.
func hourly(id, of, clock string) sandbox.Dataset {
	d := sandbox.Dataset{
		ID: id, TimeAttribute: clock,
		Attributes: []sandbox.Attribute{
			{QualifiedID: "call.call_id"},
			{QualifiedID: "timestamp." + clock},
			{QualifiedID: "call.call_state"},
			{QualifiedID: "conversation.Brand"},
			{QualifiedID: "people.Plan"},
		},
	}
	for i := range 96 {
		d.Rows = append(d.Rows, sandbox.Row{Time: thatMonday.Add(time.Duration(i)*time.Hour - 48*time.Hour + 7*time.Minute), Values: map[string]string{
			"call.call_id": fmt.Sprintf("%s%03d", of, i), "call.call_state": "Completed, \"well\"", "conversation.Brand": fmt.Sprint("Brand ", i%3),
		}})
	}
	return d
}

// syncUpgraded syncs a workspace of a few hundred rows into a folder's warehouse.
func syncUpgraded(t *testing.T, folder string) (s tester.Summary, jobs int) {
	t.Helper()
	workspace := sandbox.New(sandbox.Options{
		Timezone: "UTC", Contacts: 20, Companies: 4,
		Datasets: []sandbox.Dataset{hourly("call", "c", "call_initiated_at"), hourly("conversation_state", "s", "conversation_state_started_at")},
	})
	transport, stop := workspace.InMemory()
	defer func() { _ = stop() }()
	listener := bufconn.Listen(1 << 20)
	server := connector.NewServer(connector.Options{Transport: transport, AllowBaseURL: true})
	ended := make(chan error)
	go func() { ended <- server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:memory",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	s, err = tester.Run(context.Background(), tester.Config{
		Conn: conn, WarehousePath: filepath.Join(folder, "warehouse.db"),
		Configuration: map[string]string{
			"access_token": "sandbox-token", "base_url": "http://127.0.0.1",
			"dataset_id": "all", "memberships": "current", "initial_start_time": "2026-03-07",
		},
	})
	conn.Close()
	server.Stop()
	<-ended
	if err != nil {
		t.Fatal(err)
	}
	return s, int(workspace.Stats().Jobs)
}

// A warehouse and a state of an earlier version go on: nothing is announced, tables
// and columns keep their names and types, the rows that are there stay as they are,
// and no more is read and sent than what is new and the last day.
func TestAWarehouseOfAnEarlierVersionGoesOn(t *testing.T) {
	folder := t.TempDir()
	unpack(t, "testdata/82197ad/warehouse.db.gz", filepath.Join(folder, "warehouse.db"))
	state, err := os.ReadFile("testdata/82197ad/state.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "state.json"), state, 0o600); err != nil {
		t.Fatal(err)
	}
	var questions []string
	for _, table := range []string{"contact", "contact_segment", "company", "membership_snapshot", "call", "conversation_state"} {
		rows := "FROM " + table
		if column := map[string]string{"call": "call_initiated_at", "conversation_state": "conversation_state_started_at"}[table]; column != "" {
			rows += " WHERE " + column + " < '2026-03-09 12:00:00+00'"
		}
		questions = append(questions, "SELECT COLUMNS(c -> c NOT IN ('_fivetran_synced', 'unparsed_values')) "+rows+" ORDER BY ALL")
	}
	const columns = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'tester'"
	before, typed := answers(t, folder, questions), answers(t, folder, []string{columns})[0]

	var first, second tester.Summary
	var jobs [2]int
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(thatMonday.Add(2 * time.Hour)))
		first, jobs[0] = syncUpgraded(t, folder)
		time.Sleep(time.Hour)
		second, jobs[1] = syncUpgraded(t, folder)
	})
	for i, s := range []tester.Summary{first, second} {
		if s.Counts.SchemaChanges > 0 || s.Warnings > 0 || len(s.Widenings) > 0 || s.Counts.Deletes+s.Counts.Truncates > 0 {
			t.Errorf("sync %d: %+v", i, s)
		}
		if jobs[i] != 2 { // one a dataset
			t.Errorf("sync %d: %d jobs", i, jobs[i])
		}
		// What was sent is remembered since: the sync after the first sends what is new.
		most := []int64{26, 2}[i]
		for _, table := range s.Tables {
			switch table.Name {
			case "call", "conversation_state":
				if want := int64(50 + i); table.Rows != want || table.Received < 1 || table.Received > most {
					t.Errorf("sync %d: %s has %d rows and got %d; want %d and at most %d", i, table.Name, table.Rows, table.Received, want, most)
				}
			case "teammate", "team", "team_member": // which that version did not read
				if (table.Received > 0) != (i == 0) {
					t.Errorf("sync %d: %d rows of %s", i, table.Received, table.Name)
				}
			default:
				if table.Received > 0 {
					t.Errorf("sync %d: the day's %s is sent again: %d rows", i, table.Name, table.Received)
				}
			}
		}
	}
	after, now := answers(t, folder, questions), answers(t, folder, []string{columns})[0]
	for column := range strings.Lines(typed) { // what came since may stand beside them
		if !strings.Contains(now, column) {
			t.Errorf("no longer there: %s", column)
		}
	}
	for i, q := range questions {
		if before[i] != after[i] || strings.Count(before[i], "\n") < 2 {
			t.Errorf("%s\nbefore:\n%s\nafter:\n%s", q, before[i], after[i])
		}
	}
}

// answers asks a folder's warehouse.
func answers(t *testing.T, folder string, questions []string) []string {
	t.Helper()
	var all []string
	for _, q := range questions {
		code, out, errs := debug(t, "query", "--directory", folder, "--format", "csv", q)
		if code != 0 {
			t.Fatalf("%s: exit %d: %s", q, code, errs)
		}
		all = append(all, out)
	}
	return all
}

func unpack(t *testing.T, packed, path string) {
	t.Helper()
	from, err := os.Open(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	plain, err := gzip.NewReader(from)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
