package protocol

import "google.golang.org/protobuf/encoding/protowire"

// Field numbers of UpdateResponse, Records, Record and ValueType.
const (
	FieldRecord  = 1
	FieldRecords = 6

	fieldSchemaName = 1
	fieldTableName  = 2
	fieldType       = 3
	fieldData       = 4
)

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
		return f, nil, Malformed()
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
		return f, nil, Malformed()
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

// Operation tells which operation an UpdateResponse holds and gives its bytes.
func Operation(msg []byte) (num protowire.Number, body []byte, err error) {
	for len(msg) > 0 {
		var f wireField
		if f, msg, err = next(msg); err != nil {
			return 0, nil, err
		}
		switch {
		case f.num > FieldRecords: // not known to this version of the protocol
		case f.typ != protowire.BytesType:
			return 0, nil, Malformed()
		case num != 0:
			return 0, nil, Broken(RuleMalformed, "a message held more than one operation")
		default:
			num, body = f.num, f.bytes
		}
	}
	if num == 0 {
		return 0, nil, Broken(RuleMalformed, "a message held no operation")
	}
	return num, body, nil
}

// EachRecord calls take with the bytes of each record of a Records message.
func EachRecord(body []byte, take func([]byte) error) (n int, err error) {
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

// Malformed is the rule that a message is protobuf.
func Malformed() error {
	return Broken(RuleMalformed, "a message was not valid protobuf of fivetran_sdk.v2")
}
