package record

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/csv/csvtest"
	"intercom-connector/connector/export/ids"
	sdk "intercom-connector/proto"
)

// A row of what was deleted is a deletion of the columns of its key, whichever way
// its fields are read and wherever the blocks are cut; the rows around it are as
// they would be alone.
func TestDeletedRows(t *testing.T) {
	var gone ids.Set
	gone.Add("12")
	gone.Add("a, b")
	table := csv.Table{
		Name: "state",
		Columns: []csv.Column{
			{Name: "conversation_id", Key: true},
			{Name: "started_at", Kind: csv.UTCDatetime, Field: 1, Key: true},
			{Name: "note", Field: 2},
			{Name: "count", Kind: csv.Long, Field: 3},
		},
		Header:     []csv.Field{{ID: "conversation_id"}, {ID: "started_at"}, {ID: "note"}, {ID: "count"}},
		Occurrence: true,
		TimeField:  1,
		Deleted:    &csv.Deleted{IDs: &gone},
	}
	data := "conversation_id,started_at,note,count\n" +
		"1,2025-01-02 03:04:05,first," + "1\n" +
		"12,2025-01-02 03:04:05," + strings.Repeat("x", 300) + ",many\n" +
		"12,2025-01-02 03:04:05,,3\n" +
		"\"a, b\",2025-01-02 03:04:05,,3\n" +
		"123,2025-01-02 03:04:05,last,\n"
	for cut := range 40 {
		e := mustEncoder(t, table)
		var got []string
		stats, err := e.Encode(t.Context(), &csvtest.Cuts{Data: []byte(data), Lengths: []int{cut + 1}}, csv.Window{}, func(b *Batch) error {
			var m sdk.UpdateResponse
			if err := proto.Unmarshal(b.Bytes(), &m); err != nil {
				return err
			}
			for _, r := range m.GetRecords().GetRecords() {
				got = append(got, fmt.Sprintf("%s %s %s %d of %d", r.GetType(), r.GetTableName(), r.GetData()["conversation_id"].GetString_(), r.GetData()["occurrence"].GetLong(), len(r.GetData())))
			}
			b.Free()
			return nil
		})
		want := "UPSERT state 1 0 of 6; DELETE state 12 0 of 3; DELETE state 12 1 of 3; DELETE state a, b 0 of 3; UPSERT state 123 0 of 6"
		if text := strings.Join(got, "; "); err != nil || text != want || stats.Rows != 5 || stats.Deleted != 3 {
			t.Fatalf("cut at %d: %s, %+v, %v", cut, text, stats, err)
		}
	}
}
