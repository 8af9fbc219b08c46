package protocol

import (
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// kind is a value's field number in ValueType; NoKind when none was set.
type Kind uint8

const (
	NoKind Kind = iota
	KindNull
	KindBool
	KindShort
	KindInt
	KindLong
	KindFloat
	KindDouble
	KindNaiveDate
	KindNaiveDatetime
	KindUTCDatetime
	KindDecimal
	KindBinary
	KindString
	KindJSON
	KindXML
	KindNaiveTime
)

func (k Kind) time() bool {
	return k == KindNaiveDate || k == KindNaiveDatetime || k == KindUTCDatetime || k == KindNaiveTime
}

func (k Kind) Text() bool { return k >= KindDecimal && k <= KindXML }

// Value is one decoded ValueType.
type Value struct {
	Kind   Kind
	Int    int64   // bool, short, int, long; the seconds of a time
	Nanos  int32   // the nanoseconds of a time
	Double float64 // float, double
	Bytes  []byte  // decimal, binary, string, json, xml: a slice of the message
}

// decode reads a ValueType; of several kinds the last counts, as in any oneof.
func (v *Value) decode(b []byte) (err error) {
	for len(b) > 0 {
		var f wireField
		if f, b, err = next(b); err != nil {
			return err
		}
		if f.num > protowire.Number(KindNaiveTime) {
			continue
		}
		if k := Kind(f.num); k != v.Kind || !k.time() { // a message that comes twice is merged
			*v = Value{Kind: k}
		}
		if f.typ != wireTypes[v.Kind] {
			return Malformed()
		}
		switch v.Kind {
		case KindNull, KindBool, KindLong:
			v.Int = int64(f.bits)
		case KindShort, KindInt:
			v.Int = int64(int32(f.bits))
		case KindFloat:
			v.Double = float64(math.Float32frombits(uint32(f.bits)))
		case KindDouble:
			v.Double = math.Float64frombits(f.bits)
		case KindDecimal, KindBinary, KindString, KindJSON, KindXML:
			v.Bytes = f.bytes
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
func (v *Value) decodeUsual(b []byte) bool {
	if len(b) < 2 || b[0] >= byte(KindNaiveTime)<<3 {
		return false
	}
	k, typ := Kind(b[0]>>3), protowire.Type(b[0]&7)
	if typ != wireTypes[k] {
		return false
	}
	switch {
	case k.Text():
		text, rest, ok := sized(b, b[0])
		*v = Value{Kind: k, Bytes: text}
		return ok && len(rest) == 0
	case k == KindDouble:
		bits, size := protowire.ConsumeFixed64(b[1:])
		*v = Value{Kind: k, Double: math.Float64frombits(bits)}
		return size == len(b)-1
	case k == KindNull || k == KindBool || k == KindLong:
		bits, size := protowire.ConsumeVarint(b[1:])
		*v = Value{Kind: k, Int: int64(bits)}
		return size == len(b)-1
	case k.time():
		// Seconds alone; a fraction takes the long way.
		at, rest, ok := sized(b, b[0])
		if !ok || len(rest) > 0 || len(at) < 2 || at[0] != 1<<3|byte(protowire.VarintType) {
			return false
		}
		seconds, size := protowire.ConsumeVarint(at[1:])
		*v = Value{Kind: k, Int: int64(seconds)}
		return size == len(at)-1
	}
	return false
}

// wireTypes is how each kind of value is encoded.
var wireTypes = [...]protowire.Type{
	KindNull: protowire.VarintType, KindBool: protowire.VarintType,
	KindShort: protowire.VarintType, KindInt: protowire.VarintType, KindLong: protowire.VarintType,
	KindFloat: protowire.Fixed32Type, KindDouble: protowire.Fixed64Type,
	KindNaiveDate: protowire.BytesType, KindNaiveDatetime: protowire.BytesType, KindUTCDatetime: protowire.BytesType,
	KindDecimal: protowire.BytesType, KindBinary: protowire.BytesType, KindString: protowire.BytesType,
	KindJSON: protowire.BytesType, KindXML: protowire.BytesType, KindNaiveTime: protowire.BytesType,
}

// decodeTime reads a Timestamp.
func (v *Value) decodeTime(b []byte) (err error) {
	for len(b) > 0 {
		var f wireField
		if f, b, err = next(b); err != nil {
			return err
		}
		switch {
		case f.typ != protowire.VarintType:
		case f.num == 1:
			v.Int = int64(f.bits)
		case f.num == 2:
			v.Nanos = int32(f.bits)
		}
	}
	return nil
}

// Micros is a time in microseconds since 1970; DuckDB keeps no finer ones.
func (v *Value) Micros() int64 { return v.Int*1_000_000 + int64(v.Nanos)/1000 }

// Float is a number for a FLOAT or DOUBLE column.
func (v *Value) Float() float64 {
	switch v.Kind {
	case KindFloat, KindDouble:
		return v.Double
	case KindDecimal:
		f, _ := strconv.ParseFloat(string(v.Bytes), 64) // its form was checked
		return f
	}
	return float64(v.Int)
}
