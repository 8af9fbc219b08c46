package record

import (
	"encoding/binary"
	"slices"

	"intercom-connector/connector/export/csv"
	sdk "intercom-connector/proto"
)

// deletion makes the deletion of its row of the record that is being written: a
// DELETE has the columns of the key and no other. Few rows are deleted, so that
// writing all of a row first costs nothing that shows.
func (r *records) deletion(out []byte) []byte {
	start := r.start + len(r.prefix)
	whole := slices.Clone(out[start:])
	return r.appendKey(append(out[:start], tagType, byte(sdk.RecordType_DELETE)), whole)
}

// appendKey appends those of entries that are of the key.
func (r *records) appendKey(out, entries []byte) []byte {
	for len(entries) > 0 {
		length, n := binary.Uvarint(entries[1:])
		size := 1 + n + int(length)
		if r.keys[nameOf(entries[1+n:size])] {
			out = append(out, entries[:size]...)
		}
		entries = entries[size:]
	}
	return out
}

// Key is the key of a row that csv.Window.Filter is asked about, for
// [Encoder.Deletions].
func (e *Encoder) Key(row *csv.Row) []byte {
	r := e.records
	key := r.appendKey(nil, row.Written)
	if r.occurrence != nil {
		key = r.occurrence.appendLong(key, row.Ordinal)
	}
	return r.appendKey(key, r.suffix)
}

// Deletions gives the deletions of rows to send, by their keys, in batches. A batch
// passed to send is send's own.
func (e *Encoder) Deletions(keys []string, send func(*Batch) error) error {
	for len(keys) > 0 {
		b := newBatch()
		for len(keys) > 0 && b.records < maxRecords && (b.records == 0 || b.size()+len(keys[0]) < maxBatch/2) {
			start := len(b.room)
			b.room = append(b.room, e.records.prefix...)
			b.room = append(b.room, tagType, byte(sdk.RecordType_DELETE))
			b.room = closeRecord(append(b.room, keys[0]...), start+1+recordLength)
			b.records++
			keys = keys[1:]
		}
		b.close()
		if err := send(b); err != nil {
			return err
		}
	}
	return nil
}

// nameOf is the column of an entry.
func nameOf(entry []byte) string {
	length, n := binary.Uvarint(entry[1:])
	return string(entry[1+n : 1+n+int(length)])
}
