package tester

import (
	"context"
	"database/sql"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/warehouse"
)

// serve runs a connector in memory and returns a Config that drives it.
func serve(t testing.TB, c sdk.SourceConnectorServer) Config {
	t.Helper()
	lis := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	sdk.RegisterSourceConnectorServer(server, c)
	go server.Serve(lis)
	conn, err := grpc.NewClient("passthrough:///memory",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		server.Stop()
	})
	return Config{
		Conn: conn, WarehousePath: filepath.Join(t.TempDir(), "warehouse.db"),
		now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	}
}

// rows runs a query on a warehouse and returns a line a row, values separated
// by "|"; null is ∅.
func rows(t testing.TB, config Config, query string) []string {
	t.Helper()
	db, err := warehouse.OpenReadOnly(config.WarehousePath, "main")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return queryLines(t, db, query)
}

func queryLines(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	r, err := db.Query("SELECT COLUMNS(*)::VARCHAR FROM (" + query + ")")
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer r.Close()
	columns, err := r.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for r.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := r.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(values))
		for i, v := range values {
			if texts[i] = v.String; !v.Valid {
				texts[i] = "∅"
			}
		}
		lines = append(lines, strings.Join(texts, "|"))
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}
