package recipes_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/sandbox"
)

// TestViewsAreTyped reads every column of every table as what it is said to be.
func TestViewsAreTyped(t *testing.T) {
	db := openLake(t, lakeRoot)
	duck := map[tables.Kind]string{
		tables.String: "VARCHAR", tables.JSON: "VARCHAR", tables.Long: "BIGINT", tables.Double: "DOUBLE",
		tables.Boolean: "BOOLEAN", tables.Timestamp: "TIMESTAMP", tables.Date: "DATE",
	}
	for _, table := range tables.All() {
		var want []string
		for _, c := range table.Columns {
			want = append(want, c.Name+" "+duck[c.Kind])
		}
		want = append(want, "dt DATE")
		var got []string
		for _, line := range query(t, db, "DESCRIBE "+table.Name)[1:] {
			got = append(got, line[0]+" "+line[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is %v, not %v", table.Name, got, want)
		}
	}
	for question, want := range map[string]string{
		"SELECT count(*) FROM contact WHERE NOT json_valid(custom_attributes)":                                             "0",
		"SELECT count(*) > 0 FROM contact WHERE json_extract_string(custom_attributes, '$.plan') IS NOT NULL":              "true",
		"SELECT count(*) FROM contact WHERE created_at > dt + INTERVAL '1' DAY OR last_seen_at < created_at":               "0",
		"SELECT count(*) FROM membership_snapshot WHERE snapshot_date <> dt OR NOT complete":                               "0",
		"SELECT sum(row_count) = (SELECT count(*) FROM contact) FROM published WHERE table_name = 'contact'":               "true",
		"SELECT max(n) FROM (SELECT count(*) AS n FROM contact_segment GROUP BY dt, contact_id, segment_id) t":             "1",
		"SELECT count(*) FROM conversation WHERE CAST(conversation_started_at AS date) <> dt":                              "0",
		"SELECT count(*) FROM company_tag x LEFT JOIN company c ON c.id = x.company_id AND c.dt = x.dt WHERE c.id IS NULL": "0",
	} {
		if got := query(t, db, question); len(got) != 2 || got[1][0] != want {
			t.Errorf("%s: %v, not %s", question, got[1:], want)
		}
	}
}

// TestViewsOfUnlikeDays reads a day with persons and one without as one table,
// and shows nothing of a run that was not published.
func TestViewsOfUnlikeDays(t *testing.T) {
	var day atomic.Int64
	now := func() time.Time { return epoch.AddDate(0, 0, int(day.Load())) }
	box := sandbox.New(sandbox.Options{Epoch: epoch, Now: now, Contacts: 20, Companies: 3})
	url, closeBox, err := box.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closeBox()
	client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	root := t.TempDir() + "/it's a lake"
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	l := lake.New(store, lake.Options{Now: now})
	for i, noPII := range []bool{true, false} {
		day.Store(int64(11 + i))
		if _, err := operator.Take(t.Context(), l, membership.Config{Client: client}, membership.Begin(now(), time.UTC), operator.Snapshot{NoPII: noPII}); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Put(context.Background(), "contact/dt=2026-01-12/20990101T000000Z-ffffff-00000.ndjson.gz", strings.NewReader("half")); err != nil {
		t.Fatal(err)
	}
	db := openLake(t, root)
	got := query(t, db, "SELECT dt, count(name) > 0, count(id) > 0 FROM contact GROUP BY dt ORDER BY dt")[1:]
	if len(got) != 2 || strings.Join(got[0], " ") != "2026-01-12 false true" || strings.Join(got[1], " ") != "2026-01-13 true true" {
		t.Errorf("%v", got)
	}
}
