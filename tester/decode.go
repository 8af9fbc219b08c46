package tester

import (
	"math"

	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	sdk "intercom-connector/proto"
)

// rawMessage receives a message's bytes as they came. Free its buffer.
type rawMessage struct{ buf mem.Buffer }

// rawCodec hands over the bytes of a rawMessage and is the ordinary protobuf
// codec for the rest. Unmarshalling rows into maps would cost ten times what
// everything else here does.
type rawCodec struct{ encoding.CodecV2 }

func newRawCodec() rawCodec { return rawCodec{encoding.GetCodecV2(grpcproto.Name)} }

func (c rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	if m, ok := v.(*rawMessage); ok {
		m.buf = data.MaterializeToBuffer(mem.DefaultBufferPool())
		return nil
	}
	return c.CodecV2.Unmarshal(data, v)
}

// Field numbers of UpdateResponse, Records, Record and ValueType.
const (
	fieldRecord  = 1
	fieldRecords = 6

	fieldSchemaName = 1
	fieldTableName  = 2
	fieldType       = 3
	fieldData       = 4
)

// kind is a value's field number in ValueType; noKind when none was set.
type kind uint8

const (
	noKind kind = iota
	kindNull
	kindBool
	kindShort
	kindInt
	kindLong
	kindFloat
	kindDouble
	kindNaiveDate
	kindNaiveDatetime
	kindUTCDatetime
	kindDecimal
	kindBinary
	kindString
	kindJSON
	kindXML
	kindNaiveTime
)

func (k kind) time() bool {
	return k == kindNaiveDate || k == kindNaiveDatetime || k == kindUTCDatetime || k == kindNaiveTime
}

func (k kind) text() bool { return k >= kindDecimal && k <= kindXML }

// value is one decoded ValueType.
type value struct {
	kind  kind
	i     int64   // bool, short, int, long; the seconds of a time
	nanos int32   // the nanoseconds of a time
	f     float64 // float, double
	b     []byte  // decimal, binary, string, json, xml: a slice of the message
}

// field is one entry of a record's data.
type field struct {
	name  []byte
	value value
}

// record is one decoded Record. Its slices point into the message.
type record struct {
	hasSchema bool
	schema    []byte
	table     []byte
	op        sdk.RecordType
	fields    []field
}

// wireField is one field as protobuf encodes it.
type wireField struct {
	num   protowire.Number
	typ   protowire.Type
	bytes []byte // of a length-delimited field
	bits  uint64 // of a varint or a fixed-size field
}

// next splits the first field off b.
func next(b []byte) (f wireField, rest []byte, err error) {
	// Mostly a field is a one-byte tag, a one-byte length and so many bytes.
	if len(b) >= 2 && b[0] < 0x80 && b[1] < 0x80 && b[0] >= 8 && protowire.Type(b[0]&7) == protowire.BytesType {
		if end := 2 + int(b[1]); end <= len(b) {
			return wireField{num: protowire.Number(b[0] >> 3), typ: protowire.BytesType, bytes: b[2:end:end]}, b[end:], nil
		}
	}
	num, typ, size := protowire.ConsumeTag(b)
	if size < 0 {
		return f, nil, malformed()
	}
	f.num, f.typ, b = num, typ, b[size:]
	switch typ {
	case protowire.BytesType:
		f.bytes, size = protowire.ConsumeBytes(b)
	case protowire.VarintType:
		f.bits, size = protowire.ConsumeVarint(b)
	case protowire.Fixed64Type:
		f.bits, size = protowire.ConsumeFixed64(b)
	case protowire.Fixed32Type:
		var u uint32
		u, size = protowire.ConsumeFixed32(b)
		f.bits = uint64(u)
	default:
		size = protowire.ConsumeFieldValue(num, typ, b)
	}
	if size < 0 {
		return f, nil, malformed()
	}
	return f, b[size:], nil
}

// sized splits the first field off b if it is the length-delimited one with this
// tag, its length in the fewest bytes and below 16 KB. What it does not take, next
// does: it is the short way for what nearly all bytes of a stream are.
func sized(b []byte, tag byte) (body, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != tag {
		return nil, b, false
	}
	size, start := int(b[1]), 2
	if size >= 0x80 {
		if len(b) < 3 || b[2] >= 0x80 {
			return nil, b, false
		}
		size, start = size&0x7f|int(b[2])<<7, 3
	}
	end := start + size
	if end > len(b) {
		return nil, b, false
	}
	return b[start:end:end], b[end:], true
}

// operation tells which operation an UpdateResponse holds and gives its bytes.
func operation(msg []byte) (num protowire.Number, body []byte, err error) {
	for len(msg) > 0 {
		var f wireField
		if f, msg, err = next(msg); err != nil {
			return 0, nil, err
		}
		switch {
		case f.num > fieldRecords: // not known to this version of the protocol
		case f.typ != protowire.BytesType:
			return 0, nil, malformed()
		case num != 0:
			return 0, nil, broken(RuleMalformed, "a message held more than one operation")
		default:
			num, body = f.num, f.bytes
		}
	}
	if num == 0 {
		return 0, nil, broken(RuleMalformed, "a message held no operation")
	}
	return num, body, nil
}

// eachRecord calls take with the bytes of each record of a Records message.
func eachRecord(body []byte, take func([]byte) error) (n int, err error) {
	for len(body) > 0 {
		var f wireField
		if f, body, err = next(body); err != nil {
			return n, err
		}
		if f.num != 1 || f.typ != protowire.BytesType {
			continue
		}
		n++
		if err := take(f.bytes); err != nil {
			return n, err
		}
	}
	return n, nil
}

// decode reads a Record. It reuses r's fields.
func (r *record) decode(b []byte) (err error) {
	*r = record{fields: r.fields[:0]}
	for len(b) > 0 {
		if entry, rest, ok := sized(b, fieldData<<3|byte(protowire.BytesType)); ok {
			if err := r.field().decode(entry); err != nil {
				return err
			}
			b = rest
			continue
		}
		var f wireField
		if f, b, err = next(b); err != nil {
			return err
		}
		switch {
		case f.num == fieldData && f.typ == protowire.BytesType:
			if err := r.field().decode(f.bytes); err != nil {
				return err
			}
		case f.num == fieldTableName && f.typ == protowire.BytesType:
			r.table = f.bytes
		case f.num == fieldSchemaName && f.typ == protowire.BytesType:
			r.schema, r.hasSchema = f.bytes, true
		case f.num == fieldType && f.typ == protowire.VarintType:
			r.op = sdk.RecordType(f.bits)
		}
	}
	return nil
}

// field is one more field, with what an earlier record left in it.
func (r *record) field() *field {
	if n := len(r.fields); n < cap(r.fields) {
		r.fields = r.fields[:n+1]
	} else {
		r.fields = append(r.fields, field{})
	}
	return &r.fields[len(r.fields)-1]
}

// decode reads a map entry: the column's name and its value.
func (f *field) decode(b []byte) (err error) {
	if name, rest, ok := sized(b, 1<<3|byte(protowire.BytesType)); ok {
		if val, rest, ok := sized(rest, 2<<3|byte(protowire.BytesType)); ok && len(rest) == 0 && f.value.decodeUsual(val) {
			f.name = name
			return nil
		}
	}
	*f = field{}
	for len(b) > 0 {
		var w wireField
		if w, b, err = next(b); err != nil {
			return err
		}
		switch {
		case w.typ != protowire.BytesType:
		case w.num == 1:
			f.name = w.bytes
		case w.num == 2:
			if err := f.value.decode(w.bytes); err != nil {
				return err
			}
		}
	}
	return nil
}

// decode reads a ValueType; of several kinds the last counts, as in any oneof.
func (v *value) decode(b []byte) (err error) {
	for len(b) > 0 {
		var f wireField
		if f, b, err = next(b); err != nil {
			return err
		}
		if f.num > protowire.Number(kindNaiveTime) {
			continue
		}
		if k := kind(f.num); k != v.kind || !k.time() { // a message that comes twice is merged
			*v = value{kind: k}
		}
		if f.typ != wireTypes[v.kind] {
			return malformed()
		}
		switch v.kind {
		case kindNull, kindBool, kindLong:
			v.i = int64(f.bits)
		case kindShort, kindInt:
			v.i = int64(int32(f.bits))
		case kindFloat:
			v.f = float64(math.Float32frombits(uint32(f.bits)))
		case kindDouble:
			v.f = math.Float64frombits(f.bits)
		case kindDecimal, kindBinary, kindString, kindJSON, kindXML:
			v.b = f.bytes
		default:
			if err := v.decodeTime(f.bytes); err != nil {
				return err
			}
		}
	}
	return nil
}

// decodeUsual reads a ValueType that holds one kind, once, and tells whether it
// did. It is what encoders write.
func (v *value) decodeUsual(b []byte) bool {
	if len(b) < 2 || b[0] >= byte(kindNaiveTime)<<3 {
		return false
	}
	k, typ := kind(b[0]>>3), protowire.Type(b[0]&7)
	if typ != wireTypes[k] {
		return false
	}
	switch {
	case k.text():
		text, rest, ok := sized(b, b[0])
		*v = value{kind: k, b: text}
		return ok && len(rest) == 0
	case k == kindDouble:
		bits, size := protowire.ConsumeFixed64(b[1:])
		*v = value{kind: k, f: math.Float64frombits(bits)}
		return size == len(b)-1
	case k == kindNull || k == kindBool || k == kindLong:
		bits, size := protowire.ConsumeVarint(b[1:])
		*v = value{kind: k, i: int64(bits)}
		return size == len(b)-1
	case k.time():
		// Seconds alone; a fraction takes the long way.
		at, rest, ok := sized(b, b[0])
		if !ok || len(rest) > 0 || len(at) < 2 || at[0] != 1<<3|byte(protowire.VarintType) {
			return false
		}
		seconds, size := protowire.ConsumeVarint(at[1:])
		*v = value{kind: k, i: int64(seconds)}
		return size == len(at)-1
	}
	return false
}

// wireTypes is how each kind of value is encoded.
var wireTypes = [...]protowire.Type{
	kindNull: protowire.VarintType, kindBool: protowire.VarintType,
	kindShort: protowire.VarintType, kindInt: protowire.VarintType, kindLong: protowire.VarintType,
	kindFloat: protowire.Fixed32Type, kindDouble: protowire.Fixed64Type,
	kindNaiveDate: protowire.BytesType, kindNaiveDatetime: protowire.BytesType, kindUTCDatetime: protowire.BytesType,
	kindDecimal: protowire.BytesType, kindBinary: protowire.BytesType, kindString: protowire.BytesType,
	kindJSON: protowire.BytesType, kindXML: protowire.BytesType, kindNaiveTime: protowire.BytesType,
}

// decodeTime reads a Timestamp.
func (v *value) decodeTime(b []byte) (err error) {
	for len(b) > 0 {
		var f wireField
		if f, b, err = next(b); err != nil {
			return err
		}
		switch {
		case f.typ != protowire.VarintType:
		case f.num == 1:
			v.i = int64(f.bits)
		case f.num == 2:
			v.nanos = int32(f.bits)
		}
	}
	return nil
}

func malformed() error {
	return broken(RuleMalformed, "a message was not valid protobuf of fivetran_sdk.v2")
}
