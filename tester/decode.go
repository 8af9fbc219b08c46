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

// operation tells which operation an UpdateResponse holds and gives its bytes.
func operation(msg []byte) (num protowire.Number, body []byte, err error) {
	for len(msg) > 0 {
		n, typ, size := protowire.ConsumeTag(msg)
		if size < 0 {
			return 0, nil, malformed()
		}
		msg = msg[size:]
		if n > fieldRecords { // not known to this version of the protocol
			if size = protowire.ConsumeFieldValue(n, typ, msg); size < 0 {
				return 0, nil, malformed()
			}
			msg = msg[size:]
			continue
		}
		if typ != protowire.BytesType {
			return 0, nil, malformed()
		}
		b, size := protowire.ConsumeBytes(msg)
		if size < 0 {
			return 0, nil, malformed()
		}
		if num != 0 {
			return 0, nil, broken(RuleMalformed, "a message held more than one operation")
		}
		num, body, msg = n, b, msg[size:]
	}
	if num == 0 {
		return 0, nil, broken(RuleMalformed, "a message held no operation")
	}
	return num, body, nil
}

// eachRecord calls f with the bytes of each record of a Records message.
func eachRecord(body []byte, f func([]byte) error) (n int, err error) {
	for len(body) > 0 {
		num, typ, size := protowire.ConsumeTag(body)
		if size < 0 {
			return n, malformed()
		}
		body = body[size:]
		if num != 1 || typ != protowire.BytesType {
			if size = protowire.ConsumeFieldValue(num, typ, body); size < 0 {
				return n, malformed()
			}
			body = body[size:]
			continue
		}
		b, size := protowire.ConsumeBytes(body)
		if size < 0 {
			return n, malformed()
		}
		body = body[size:]
		n++
		if err := f(b); err != nil {
			return n, err
		}
	}
	return n, nil
}

// decode reads a Record. It reuses r's fields.
func (r *record) decode(b []byte) error {
	*r = record{fields: r.fields[:0]}
	for len(b) > 0 {
		num, typ, size := protowire.ConsumeTag(b)
		if size < 0 {
			return malformed()
		}
		b = b[size:]
		switch {
		case num == fieldData && typ == protowire.BytesType:
			entry, size := protowire.ConsumeBytes(b)
			if size < 0 {
				return malformed()
			}
			b = b[size:]
			r.fields = append(r.fields, field{})
			if err := r.fields[len(r.fields)-1].decode(entry); err != nil {
				return err
			}
		case (num == fieldSchemaName || num == fieldTableName) && typ == protowire.BytesType:
			s, size := protowire.ConsumeBytes(b)
			if size < 0 {
				return malformed()
			}
			b = b[size:]
			if num == fieldTableName {
				r.table = s
			} else {
				r.schema, r.hasSchema = s, true
			}
		case num == fieldType && typ == protowire.VarintType:
			v, size := protowire.ConsumeVarint(b)
			if size < 0 {
				return malformed()
			}
			b = b[size:]
			r.op = sdk.RecordType(v)
		default:
			if size = protowire.ConsumeFieldValue(num, typ, b); size < 0 {
				return malformed()
			}
			b = b[size:]
		}
	}
	return nil
}

// decode reads a map entry: the column's name and its value.
func (f *field) decode(b []byte) error {
	for len(b) > 0 {
		num, typ, size := protowire.ConsumeTag(b)
		if size < 0 {
			return malformed()
		}
		b = b[size:]
		if (num != 1 && num != 2) || typ != protowire.BytesType {
			if size = protowire.ConsumeFieldValue(num, typ, b); size < 0 {
				return malformed()
			}
			b = b[size:]
			continue
		}
		s, size := protowire.ConsumeBytes(b)
		if size < 0 {
			return malformed()
		}
		b = b[size:]
		if num == 1 {
			f.name = s
		} else if err := f.value.decode(s); err != nil {
			return err
		}
	}
	return nil
}

// decode reads a ValueType; of several kinds the last counts, as in any oneof.
func (v *value) decode(b []byte) error {
	for len(b) > 0 {
		num, typ, size := protowire.ConsumeTag(b)
		if size < 0 {
			return malformed()
		}
		b = b[size:]
		switch {
		case num > protowire.Number(kindNaiveTime):
			size = protowire.ConsumeFieldValue(num, typ, b)
		case typ == protowire.BytesType:
			*v = value{kind: kind(num)}
			v.b, size = protowire.ConsumeBytes(b)
			if size >= 0 && !v.kind.text() {
				if err := v.decodeTime(); err != nil {
					return err
				}
			}
		case typ == protowire.VarintType && num <= protowire.Number(kindLong):
			var u uint64
			u, size = protowire.ConsumeVarint(b)
			*v = value{kind: kind(num), i: int64(u)}
			if v.kind == kindShort || v.kind == kindInt {
				v.i = int64(int32(u))
			}
		case typ == protowire.Fixed64Type && num == protowire.Number(kindDouble):
			var u uint64
			u, size = protowire.ConsumeFixed64(b)
			*v = value{kind: kindDouble, f: math.Float64frombits(u)}
		case typ == protowire.Fixed32Type && num == protowire.Number(kindFloat):
			var u uint32
			u, size = protowire.ConsumeFixed32(b)
			*v = value{kind: kindFloat, f: float64(math.Float32frombits(u))}
		default:
			return malformed()
		}
		if size < 0 {
			return malformed()
		}
		b = b[size:]
	}
	return nil
}

// decodeTime reads the Timestamp of a time's kind.
func (v *value) decodeTime() error {
	switch v.kind {
	case kindNaiveDate, kindNaiveDatetime, kindUTCDatetime, kindNaiveTime:
	default:
		return malformed()
	}
	b := v.b
	for len(b) > 0 {
		num, typ, size := protowire.ConsumeTag(b)
		if size < 0 {
			return malformed()
		}
		b = b[size:]
		if typ == protowire.VarintType && (num == 1 || num == 2) {
			var u uint64
			if u, size = protowire.ConsumeVarint(b); num == 1 {
				v.i = int64(u)
			} else {
				v.nanos = int32(u)
			}
		} else {
			size = protowire.ConsumeFieldValue(num, typ, b)
		}
		if size < 0 {
			return malformed()
		}
		b = b[size:]
	}
	v.b = nil
	return nil
}

func malformed() error {
	return broken(RuleMalformed, "a message was not valid protobuf of fivetran_sdk.v2")
}
