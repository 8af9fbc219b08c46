package warehouse

import (
	"fmt"
	"strings"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/protocol"
	"intercom-connector/tester/staging"
)

// Type is a column's type: the protocol's, with the size of a DECIMAL.
type Type struct {
	id               sdk.DataType
	precision, scale int // of a DECIMAL only
}

// maxPrecision is the widest DECIMAL that DuckDB stores.
const maxPrecision = 38

// TextType is the type of any text.
var TextType = Type{id: sdk.DataType_STRING}

// An untold DECIMAL gets DuckDB's own default size.
var defaultDecimal = Type{id: sdk.DataType_DECIMAL, precision: 18, scale: 3}

// DeclaredType is the type that a Schema answer gives a column.
func DeclaredType(c *sdk.Column) (Type, error) {
	t := Type{id: c.GetType()}
	switch {
	case t.id == sdk.DataType_NAIVE_TIME:
		return t, fmt.Errorf("NAIVE_TIME is not for sources")
	case t.id < sdk.DataType_UNSPECIFIED || t.id > sdk.DataType_NAIVE_TIME:
		return t, fmt.Errorf("type %d does not exist", t.id)
	case t.id != sdk.DataType_DECIMAL:
		return t, nil
	}
	d := c.GetParams().GetDecimal()
	if d == nil {
		return defaultDecimal, nil
	}
	if d.GetPrecision() < 1 || d.GetPrecision() > maxPrecision || d.GetScale() > d.GetPrecision() {
		return t, fmt.Errorf("DECIMAL(%d,%d) is not possible: the precision is 1 to %d, the scale at most the precision", d.GetPrecision(), d.GetScale(), maxPrecision)
	}
	t.precision, t.scale = int(d.GetPrecision()), int(d.GetScale())
	return t, nil
}

var sqlNames = map[sdk.DataType]string{
	sdk.DataType_BOOLEAN:        "BOOLEAN",
	sdk.DataType_SHORT:          "SMALLINT",
	sdk.DataType_INT:            "INTEGER",
	sdk.DataType_LONG:           "BIGINT",
	sdk.DataType_FLOAT:          "FLOAT",
	sdk.DataType_DOUBLE:         "DOUBLE",
	sdk.DataType_NAIVE_DATE:     "DATE",
	sdk.DataType_NAIVE_DATETIME: "TIMESTAMP",
	sdk.DataType_UTC_DATETIME:   "TIMESTAMP WITH TIME ZONE",
	sdk.DataType_BINARY:         "BLOB",
	sdk.DataType_STRING:         "VARCHAR",
	sdk.DataType_JSON:           "VARCHAR",
	sdk.DataType_XML:            "VARCHAR",
}

// sql is the type's name in DuckDB, as its catalogue spells it.
func (t Type) SQL() string {
	if t.id == sdk.DataType_DECIMAL {
		return fmt.Sprintf("DECIMAL(%d,%d)", t.precision, t.scale)
	}
	return sqlNames[t.id]
}

// parseSQLType is the inverse of sql. Any text type is STRING.
func parseSQLType(name string) (Type, bool) {
	var t Type
	if n, _ := fmt.Sscanf(name, "DECIMAL(%d,%d)", &t.precision, &t.scale); n == 2 {
		t.id = sdk.DataType_DECIMAL
		return t, true
	}
	for id, s := range sqlNames {
		if s == name {
			if s == "VARCHAR" {
				id = sdk.DataType_STRING
			}
			return Type{id: id}, true
		}
	}
	return t, false
}

// String is the protocol's name of the type.
func (t Type) String() string { return t.id.String() }

// Known is false for a column whose type nobody has told yet.
func (t Type) Known() bool { return t.id != sdk.DataType_UNSPECIFIED }

func (t Type) Text() bool {
	return t.id == sdk.DataType_STRING || t.id == sdk.DataType_JSON || t.id == sdk.DataType_XML
}

func (t Type) integer() bool {
	return t.id >= sdk.DataType_SHORT && t.id <= sdk.DataType_LONG
}

func (t Type) numeric() bool {
	return t.id >= sdk.DataType_SHORT && t.id <= sdk.DataType_DOUBLE
}

func (t Type) temporal() bool {
	return t.id >= sdk.DataType_NAIVE_DATE && t.id <= sdk.DataType_UTC_DATETIME
}

// Class is how staged rows store the type. Merging casts it to the type.
func (t Type) Class() staging.Class {
	switch {
	case t.id == sdk.DataType_BOOLEAN:
		return staging.Bool
	case t.integer():
		return staging.Int
	case t.id == sdk.DataType_FLOAT, t.id == sdk.DataType_DOUBLE:
		return staging.Float
	case t.id == sdk.DataType_UTC_DATETIME:
		return staging.MicrosTZ
	case t.temporal():
		return staging.Micros
	case t.id == sdk.DataType_BINARY:
		return staging.Blob
	}
	return staging.Text
}

// kindTypes gives each kind of value its type.
var kindTypes = [...]sdk.DataType{
	protocol.KindBool:          sdk.DataType_BOOLEAN,
	protocol.KindShort:         sdk.DataType_SHORT,
	protocol.KindInt:           sdk.DataType_INT,
	protocol.KindLong:          sdk.DataType_LONG,
	protocol.KindFloat:         sdk.DataType_FLOAT,
	protocol.KindDouble:        sdk.DataType_DOUBLE,
	protocol.KindNaiveDate:     sdk.DataType_NAIVE_DATE,
	protocol.KindNaiveDatetime: sdk.DataType_NAIVE_DATETIME,
	protocol.KindUTCDatetime:   sdk.DataType_UTC_DATETIME,
	protocol.KindDecimal:       sdk.DataType_DECIMAL,
	protocol.KindBinary:        sdk.DataType_BINARY,
	protocol.KindString:        sdk.DataType_STRING,
	protocol.KindJSON:          sdk.DataType_JSON,
	protocol.KindXML:           sdk.DataType_XML,
}

// TypeOf is the narrowest type that holds v. A short beyond 16 bits is an INT, and
// a decimal has the size of its digits.
func TypeOf(v *protocol.Value) Type {
	t := Type{id: kindTypes[v.Kind]}
	switch {
	case v.Kind == protocol.KindShort && v.Int != int64(int16(v.Int)):
		t.id = sdk.DataType_INT
	case v.Kind == protocol.KindDecimal:
		whole, scale := decimalSize(v.Bytes)
		t.precision, t.scale = max(whole+scale, 1), scale
		if t.precision > maxPrecision {
			t = Type{id: sdk.DataType_STRING}
		}
	}
	return t
}

// decimalSize counts the digits before and after the point, leading zeros and
// trailing zeros of the fraction aside.
func decimalSize(b []byte) (whole, scale int) {
	s := strings.TrimLeft(string(b), "+-")
	w, frac, _ := strings.Cut(s, ".")
	return len(strings.TrimLeft(w, "0")), len(strings.TrimRight(frac, "0"))
}
