package drain

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
)

// TestWalk counts messages that come in pieces, one after another.
func TestWalk(t *testing.T) {
	record := &sdk.Record{TableName: "t", Data: map[string]*sdk.ValueType{"a": {Inner: &sdk.ValueType_Null{Null: true}}}}
	messages := []*sdk.UpdateResponse{
		{Operation: &sdk.UpdateResponse_Record{Record: record}},
		{},
		{Operation: &sdk.UpdateResponse_Records{Records: &sdk.Records{Records: []*sdk.Record{record, record, record}}}},
		{Operation: &sdk.UpdateResponse_Records{Records: &sdk.Records{}}},
		{Operation: &sdk.UpdateResponse_Warning{Warning: &sdk.Warning{Message: "careful"}}},
		{Operation: &sdk.UpdateResponse_Checkpoint{Checkpoint: &sdk.Checkpoint{StateJson: "{}"}}},
		{Operation: &sdk.UpdateResponse_Record{Record: &sdk.Record{TableName: strings.Repeat("long", 100)}}},
	}
	var data []byte
	for _, m := range messages {
		message, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		data = binary.BigEndian.AppendUint32(append(data, 0), uint32(len(message)))
		data = append(data, message...)
	}
	for size := 1; size <= len(data); size++ {
		var w walk
		for piece := range slices.Chunk(data, size) {
			if _, err := w.Write(piece); err != nil {
				t.Fatal(err)
			}
		}
		if w.records != 5 || w.trouble != "careful" || w.end() != nil {
			t.Fatalf("in pieces of %d: %+v, %v", size, w, w.end())
		}
	}
	for _, c := range []struct {
		data string
		want error
	}{
		{"\x00\x00\x00", errCut},
		{"\x00\x00\x00\x00\x04\x0a", errCut},
		{"\x00\x00\x00\x00\x04\x0a\x02a", errCut},
		{"\x01\x00\x00\x00\x00", errCompressed},
		{"\x00\x00\x00\x00\x04\x0a\x03ab", errMalformed},               // a field longer than its message
		{"\x00\x00\x00\x00\x02\x08\x01", errMalformed},                 // a field of another kind
		{"\x00\x00\x00\x00\x01\x0a", errMalformed},                     // a tag and nothing else
		{"\x00\x00\x00\x00\x01\x80", errMalformed},                     // a tag that its message cuts
		{"\x00\x00\x00\x00\x09\x0a\x80\x80\x80\x80\x80", errMalformed}, // a length of six bytes
	} {
		var w walk
		_, err := w.Write([]byte(c.data))
		if err == nil {
			err = w.end()
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%x: %v, want %v", c.data, err, c.want)
		}
	}
}
