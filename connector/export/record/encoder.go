package record

import (
	"context"
	"encoding/binary"

	"intercom-connector/connector/export/csv"
)

// A record of the table "call" with the columns call_id "7", talk_time 1.5 and
// no unparsed values is 65 bytes inside its batch. On the left what every row
// shares, on the right what a row adds:
//
//	0A          40          Records.records, 64 bytes
//	12 04 call              Record.table_name
//	                        Record.type is UPSERT, which is 0 and left out
//	22          0E          Record.data, one entry of 14 bytes
//	   0A 07 call_id        its key
//	   12       03          its value, a ValueType of 3 bytes
//	      6A    01 "7"      ValueType.string
//	22          16          the next entry
//	   0A 09 talk_time
//	   12       09
//	      39    00 00 00 00 00 00 F8 3F
//	22 15                   an entry that is the same in most rows
//	   0A 0F unparsed_values
//	   12 02 08 01          ValueType.null
//
// A batch is such records, with UpdateResponse.records (32) and its length in
// front.

// recordLength is how many bytes a record's length is first given. Nearly
// every record has from 128 to 16383 bytes.
const recordLength = 2

// Encoder turns the windows of one table into batches. It is used for one
// window after another, not for several at once.
type Encoder struct {
	reader  *csv.Reader
	records *records
}

// records is the encoding.
type records struct {
	reader *csv.Reader
	send   func(*Batch) error

	// What is the same for every record.
	prefix     []byte // the record's tag, room for its length, the table
	suffix     []byte // the nulls and constants of columns that the CSV does not hold
	columns    []column
	targets    []target // for each field of the CSV, and one more
	nulls      []byte   // the nulls of the fields, one after another
	occurrence *column  // nil without Table.Occurrence
	unparsed   column
	noUnparsed bool
	rest       *column         // nil without Table.Rest
	keys       map[string]bool // the columns of the key

	batch   *Batch // the one that is not full, or nil
	start   int    // of the batch's last record
	batches int64  // given to send
}

// NewEncoder prepares an encoder. An error says what is wrong with the table.
func NewEncoder(t csv.Table) (*Encoder, error) {
	to := newRecords(t)
	reader, err := csv.NewReader(t, to)
	if err != nil {
		return nil, err
	}
	to.reader = reader
	return &Encoder{reader, to}, nil
}

func newRecords(t csv.Table) *records {
	prepare := newColumn
	if t.NoNulls {
		prepare = newColumnWithoutNull
	}
	r := &records{unparsed: prepare(csv.Column{Name: csv.UnparsedColumn}), noUnparsed: t.NoUnparsed, keys: map[string]bool{}}
	r.prefix = append(r.prefix, tagRecord)
	r.prefix = append(r.prefix, make([]byte, recordLength)...)
	r.prefix = append(r.prefix, tagTable)
	r.prefix = binary.AppendUvarint(r.prefix, uint64(len(t.Name)))
	r.prefix = append(r.prefix, t.Name...)
	if t.Occurrence {
		c := newColumn(csv.Column{Name: csv.OccurrenceColumn, Kind: csv.Long})
		r.occurrence, r.keys[csv.OccurrenceColumn] = &c, true
	}
	for _, c := range t.Columns {
		if c.Key {
			r.keys[c.Name] = true
		}
		r.columns = append(r.columns, prepare(c))
		last := &r.columns[len(r.columns)-1]
		switch {
		case c.Constant != "":
			r.suffix = last.appendString(r.suffix, []byte(c.Constant))
		case c.Field == csv.Absent:
			r.suffix = append(r.suffix, last.null...)
		}
	}
	if t.Rest != "" {
		c := prepare(csv.Column{Name: t.Rest})
		r.rest = &c
	}
	return r
}

// Encode reads the CSV of one window and gives its rows to send, batch by batch,
// as they come; see [csv.Reader.Read] for what it takes and refuses. A batch
// passed to send is send's own. Encode stops at the first error, send's own
// included.
func (e *Encoder) Encode(ctx context.Context, source csv.Source, w csv.Window, send func(*Batch) error) (csv.Stats, error) {
	r := e.records
	r.batches = 0
	r.send = func(b *Batch) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.close()
		r.batches++
		return send(b)
	}
	stats, err := e.reader.Read(ctx, source, w)
	if r.batch != nil {
		r.batch.Free()
		r.batch = nil
	}
	r.send = nil
	stats.Batches = r.batches
	return stats, err
}

func (r *records) Arrange(targets []csv.Target) {
	r.targets, r.nulls = make([]target, len(targets)), r.nulls[:0]
	for i, s := range targets {
		r.targets[i] = target{field: s, null: int32(len(r.nulls))}
		if s.Column == csv.Absent {
			continue
		}
		c := &r.columns[s.Column]
		r.targets[i].entry, r.targets[i].plain = c.entry, s.Plain && c.entry.size > 0
		r.nulls = append(r.nulls, c.null...)
	}
	r.nulls = append(r.nulls, make([]byte, nullsRoom)...) // which is copied too
}

func (r *records) Begin() []byte {
	if r.batch == nil {
		r.batch = newBatch()
	}
	r.start = len(r.batch.room)
	return append(r.batch.room, r.prefix...)
}

func (r *records) Null(out []byte, c int) []byte { return append(out, r.columns[c].null...) }

func (r *records) Long(out []byte, c int, value int64) []byte {
	return r.columns[c].appendLong(out, value)
}

func (r *records) Double(out []byte, c int, value float64) []byte {
	return r.columns[c].appendDouble(out, value)
}

func (r *records) String(out []byte, c int, text []byte) []byte {
	return r.columns[c].appendString(out, text)
}

func (r *records) Instant(out []byte, c int, t csv.Instant) []byte {
	return r.columns[c].appendInstant(out, t)
}

func (r *records) Break(out []byte) {
	r.batch.room = out[:r.start] // as large as it has become
}

// Hold adds the record to the batch, and forgets the batch when it is full.
func (r *records) Hold(out []byte, row *csv.Row) bool {
	r.add(out, row)
	if b := r.batch; b.records >= maxRecords || b.size() > maxBatch {
		b.Free()
		r.batch = nil
		return false
	}
	return true
}

// Take adds the record to the batch, and sends the batch when it is full.
func (r *records) Take(out []byte, row *csv.Row) error {
	r.add(out, row)
	b := r.batch
	if b.records < maxRecords && b.size() <= maxBatch {
		return nil
	}
	if b.records > 1 && b.size() > maxBatch {
		// One too many: it begins the next batch.
		next := newBatch()
		next.room = append(next.room, b.room[r.start:]...)
		next.records = 1
		b.room = b.room[:r.start]
		b.records--
		if err := r.Flush(); err != nil {
			next.Free()
			return err
		}
		r.batch = next
		if next.size() <= maxBatch {
			return nil
		}
	}
	return r.Flush()
}

func (r *records) Flush() error {
	if r.batch == nil || r.batch.records == 0 {
		return nil
	}
	b := r.batch
	r.batch = nil
	return r.send(b)
}

// add ends the record.
func (r *records) add(out []byte, row *csv.Row) {
	if r.occurrence != nil {
		out = r.occurrence.appendLong(out, row.Ordinal)
	}
	out = append(out, r.suffix...)
	if r.rest != nil {
		out = r.rest.appendJSONOrNull(out, row.Rest)
	}
	switch {
	case row.Deleted:
		out = r.deletion(out)
	case !r.noUnparsed:
		out = r.unparsed.appendJSONOrNull(out, row.Unparsed)
	}
	r.batch.room = closeRecord(out, r.start+1+recordLength)
	r.batch.records++
}

// closeRecord puts a record's length before its start, and moves the record
// if that takes other than recordLength bytes.
func closeRecord(out []byte, start int) []byte {
	length := uint64(len(out) - start)
	if 0x80 <= length && length < 0x80<<7 {
		out[start-2] = byte(length) | 0x80
		out[start-1] = byte(length >> 7)
		return out
	}
	var room [binary.MaxVarintLen32]byte
	n := binary.PutUvarint(room[:], length)
	out = append(out, room[:n]...) // room to move by the length's own length
	copy(out[start-recordLength+n:], out[start:start+int(length)])
	copy(out[start-recordLength:], room[:n])
	return out[:start-recordLength+n+int(length)]
}
