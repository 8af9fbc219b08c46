//go:build genuine

package genuine

import (
	"encoding/json"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// changing serves a sandbox in which conversations are deleted as time goes by, and
// a teammate leaves on the second day. Its clock stands still until next is called,
// which lets two days pass.
func changing(t *testing.T) (configuration map[string]string, next func()) {
	t.Helper()
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	var passed atomic.Int64
	box := sandbox.New(sandbox.Options{
		Now:        func() time.Time { return noon.Add(time.Duration(passed.Load())) },
		RowsPerDay: 150, Deleted: 300,
		HiddenAdmin: func(id string, at time.Time) bool { return id == leaver && at.After(noon.Add(24*time.Hour)) },
		JobTime:     func(string, int, time.Duration) time.Duration { return 0 }, // no clock would end a longer job
	})
	base, stop, err := box.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	return map[string]string{
		"access_token": "sandbox-token", "base_url": base, "engagement": "on", "send": "all",
		"dataset_id": "conversation, conversation_state", "initial_start_time": "2026-05-29", "window_seconds": "345600",
	}, func() { passed.Add(int64(48 * time.Hour)) }
}

// leaver is the teammate who leaves.
var leaver = sandbox.New(sandbox.Options{}).TruthTeammates()[0].ID

// kinds counts the records of a sync by table and type.
func kinds(t *testing.T, s synced) map[string]map[sdk.RecordType]int {
	t.Helper()
	all := map[string]map[sdk.RecordType]int{}
	for table, rows := range s.rows {
		all[table] = map[sdk.RecordType]int{}
		for _, wire := range rows {
			record := &sdk.Record{}
			if err := proto.Unmarshal([]byte(wire), record); err != nil {
				t.Fatal(err)
			}
			all[table][record.GetType()]++
		}
	}
	return all
}

// told holds the records of two syncs to what the changing workspace is: teammates,
// teams and messages from the first day on, then rows that are deleted.
func told(t *testing.T, first, second map[string]map[sdk.RecordType]int) {
	t.Helper()
	for _, table := range []string{"teammate", "team", "team_member", "message_receipt", "message_event", "deleted_conversation"} {
		if first[table][sdk.RecordType_UPSERT] == 0 {
			t.Errorf("the first sync has no row of %s", table)
		}
	}
	for _, table := range []string{"conversation", "teammate", "team_member"} {
		if second[table][sdk.RecordType_DELETE] == 0 {
			t.Errorf("the second sync deletes no row of %s: %v", table, second[table])
		}
	}
	for _, table := range []string{"deleted_conversation", "message_receipt", "message_event"} {
		if second[table][sdk.RecordType_UPSERT] == 0 {
			t.Errorf("the second sync has no row of %s", table)
		}
	}
}

// Rows that are deleted, teammates, teams and messages come through the project as
// the connector itself sends them: by calls that are handed on, and by operations.
func TestDeletionsThroughTheSDK(t *testing.T) {
	t.Parallel()
	configuration, next := changing(t)
	itself := direct(t)
	nothing := "{}"
	request := &sdk.UpdateRequest{Configuration: configuration, StateJson: &nothing}
	ways := map[string]func() sdk.SourceConnectorClient{
		"handed on":  func() sdk.SourceConnectorClient { return started(t, written(t), newest).client },
		"operations": func() sdk.SourceConnectorClient { return operations(t, newest) },
	}
	first := syncOnce(t, itself, request)
	for way, client := range ways {
		t.Run("first, "+way, func(t *testing.T) { same(t, first, syncOnce(t, client(), request)) })
	}
	thirdFirst := types(t, map[string]any{"configuration": configuration, "state": map[string]any{}})
	next()
	state, err := json.Marshal(first.state)
	if err != nil {
		t.Fatal(err)
	}
	text := string(state)
	request = &sdk.UpdateRequest{Configuration: configuration, StateJson: &text}
	second := syncOnce(t, itself, request)
	for way, client := range ways {
		t.Run("second, "+way, func(t *testing.T) { same(t, second, syncOnce(t, client(), request)) })
	}
	told(t, kinds(t, first), kinds(t, second))
	thirdSecond := types(t, map[string]any{"configuration": configuration, "state": first.state})
	for n, got := range []map[string]map[sdk.RecordType]int{thirdFirst, thirdSecond} {
		want := kinds(t, []synced{first, second}[n])
		for _, table := range slices.Sorted(maps.Keys(want)) {
			if !maps.Equal(want[table], got[table]) {
				t.Errorf("sync %d of the third generation, %s: %v, the connector itself sends %v", n+1, table, got[table], want[table])
			}
		}
	}
}

// types counts the operations of a sync of the third generation by table and type.
func types(t *testing.T, request map[string]any) map[string]map[sdk.RecordType]int {
	t.Helper()
	lines, log, err := called(t, "update", request)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	all := map[string]map[sdk.RecordType]int{}
	for _, l := range lines {
		if l.Row == nil {
			continue
		}
		if all[l.Table] == nil {
			all[l.Table] = map[sdk.RecordType]int{}
		}
		all[l.Table][sdk.RecordType(sdk.RecordType_value[l.Type])]++
	}
	return all
}
