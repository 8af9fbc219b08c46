package record

import (
	"encoding/binary"
	"slices"

	sdk "intercom-connector/proto"
)

// deletion makes the deletion of its row of the record that is being written: a
// DELETE has the columns of the key and no other. Few rows are deleted, so that
// writing all of a row first costs nothing that shows.
func (r *records) deletion(out []byte) []byte {
	start := r.start + len(r.prefix)
	whole := slices.Clone(out[start:])
	kept := append(out[:start], tagType, byte(sdk.RecordType_DELETE))
	for len(whole) > 0 {
		length, n := binary.Uvarint(whole[1:])
		size := 1 + n + int(length)
		if r.keys[nameOf(whole[1+n:size])] {
			kept = append(kept, whole[:size]...)
		}
		whole = whole[size:]
	}
	return kept
}

// nameOf is the column of an entry.
func nameOf(entry []byte) string {
	length, n := binary.Uvarint(entry[1:])
	return string(entry[1+n : 1+n+int(length)])
}
