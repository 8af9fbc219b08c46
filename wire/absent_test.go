package wire

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
)

// A column that the CSV does not hold is null in every row, and is there.
func TestAbsentColumn(t *testing.T) {
	e, err := NewEncoder(Table{
		Name:      "call",
		Columns:   []Column{{Name: "id", Key: true}, {Name: "gone", Field: Absent}, {Name: "state", Field: 1}},
		Header:    []Field{{ID: "id"}, {ID: "state"}},
		RowID:     true,
		TimeField: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	_, err = e.Encode(context.Background(), FromReader(strings.NewReader("id,state\n1,done\n2,\n")), Window{}, func(b *Batch) error {
		defer b.Free()
		var response sdk.UpdateResponse
		if err := proto.Unmarshal(b.buffer().ReadOnlyData(), &response); err != nil {
			return err
		}
		for _, r := range response.GetRecords().GetRecords() {
			if !r.Data["gone"].GetNull() {
				t.Errorf("gone is %v", r.Data["gone"])
			}
			got = append(got, r.Data["id"].GetString_()+"="+r.Data["state"].GetString_())
		}
		return nil
	})
	if err != nil || strings.Join(got, " ") != "1=done 2=" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := NewEncoder(Table{Name: "x", Columns: []Column{{Name: "id", Key: true, Field: Absent}}, Header: []Field{{ID: "a"}}, TimeField: -1}); err == nil {
		t.Error("an absent key is taken")
	}
}
