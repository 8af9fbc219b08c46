//go:build genuine

package genuine

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
)

// synced is what a sync sent.
type synced struct {
	rows     map[string][]string // by table, as deterministic wire bytes, sorted
	state    any                 // the last checkpoint
	warnings []string
	task     string
	err      error
}

// syncOnce asks for the schema first, as Fivetran does: the SDK takes the types
// of its operations' columns from it.
func syncOnce(t *testing.T, client sdk.SourceConnectorClient, request *sdk.UpdateRequest) synced {
	t.Helper()
	_, _ = client.Schema(t.Context(), &sdk.SchemaRequest{Configuration: request.GetConfiguration()})
	stream, err := client.Update(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	got := synced{rows: map[string][]string{}}
	for {
		response, err := stream.Recv()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				got.err = err
			}
			for _, rows := range got.rows {
				slices.Sort(rows)
			}
			return got
		}
		switch {
		case response.GetCheckpoint() != nil:
			if err := json.Unmarshal([]byte(response.GetCheckpoint().GetStateJson()), &got.state); err != nil {
				t.Fatal(err)
			}
		case response.GetWarning() != nil:
			got.warnings = append(got.warnings, response.GetWarning().GetMessage())
		case response.GetTask() != nil:
			got.task = response.GetTask().GetMessage()
		}
		collect(t, response, got.rows)
	}
}

// collect adds the records of a message to the rows. Of an upsert, what is null and
// what is missing is one to Fivetran.
func collect(t *testing.T, response *sdk.UpdateResponse, rows map[string][]string) {
	t.Helper()
	records := response.GetRecords().GetRecords()
	if one := response.GetRecord(); one != nil {
		records = append(records, one)
	}
	if n := len(records); n > 100 {
		t.Errorf("%d records in a batch", n)
	}
	for _, record := range records {
		for name, value := range record.GetData() {
			if value.GetNull() && record.GetType() == sdk.RecordType_UPSERT {
				delete(record.Data, name)
			}
			if text, ok := value.GetInner().(*sdk.ValueType_Json); ok {
				text.Json = canonical(t, text.Json)
			}
		}
		wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		rows[record.GetTableName()] = append(rows[record.GetTableName()], string(wire))
	}
}

// canonical is JSON as Go writes it: writers differ in white space and escapes.
func canonical(t *testing.T, text string) string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Errorf("%q: %v", text, err)
	}
	written, err := json.Marshal(value)
	if err != nil {
		t.Error(err)
	}
	return string(written)
}

// same compares two syncs of one workspace at one moment. What differs from
// sync to sync by nature (job ids, when a snapshot was read) is taken out.
func same(t *testing.T, want, got synced) {
	t.Helper()
	if got.err != nil {
		t.Fatal(got.err)
	}
	total := 0
	for table, rows := range want.rows {
		total += len(rows)
		if table == "membership_snapshot" { // holds the clock of this machine
			if len(got.rows[table]) != len(rows) {
				t.Errorf("%s: %d rows, want %d", table, len(got.rows[table]), len(rows))
			}
			continue
		}
		if !slices.Equal(rows, got.rows[table]) {
			t.Errorf("%s: %d rows differ from the %d that the connector itself sends", table, len(got.rows[table]), len(rows))
		}
	}
	if total < 1000 || len(got.rows) != len(want.rows) {
		t.Errorf("%d rows in %d tables, and %d tables through the project", total, len(want.rows), len(got.rows))
	}
	if diff := cmp.Diff(want.state, got.state); diff != "" {
		t.Errorf("state:\n%s", diff)
	}
}

// cutOff is what a sync sent up to its second checkpoint, at which the client
// goes away: the first one may stand before any row.
func cutOff(t *testing.T, client sdk.SourceConnectorClient, request *sdk.UpdateRequest) synced {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, _ = client.Schema(ctx, &sdk.SchemaRequest{Configuration: request.GetConfiguration()})
	stream, err := client.Update(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	got := synced{rows: map[string][]string{}}
	pending := map[string][]string{}
	for len(got.rows) == 0 {
		response, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		collect(t, response, pending)
		if checkpoint := response.GetCheckpoint(); checkpoint != nil {
			if err := json.Unmarshal([]byte(checkpoint.GetStateJson()), &got.state); err != nil {
				t.Fatal(err)
			}
			for table, rows := range pending {
				got.rows[table] = append(got.rows[table], rows...)
			}
			clear(pending)
		}
	}
	return got
}

// counted is how many records a sync sends.
func counted(t *testing.T, client sdk.SourceConnectorClient, request *sdk.UpdateRequest) (records int) {
	t.Helper()
	stream, err := client.Update(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return records
		}
		if err != nil {
			t.Fatal(err)
		}
		records += len(response.GetRecords().GetRecords())
		if response.GetRecord() != nil {
			records++
		}
	}
}
