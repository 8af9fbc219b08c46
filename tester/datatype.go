package tester

import (
	"fmt"
	"math"
	"strings"

	sdk "intercom-connector/proto"
)

// dataType is a column's type: the protocol's, with the size of a DECIMAL.
type dataType struct {
	id               sdk.DataType
	precision, scale int // of a DECIMAL only
}

// maxPrecision is the widest DECIMAL that DuckDB stores.
const maxPrecision = 38

// An untold DECIMAL gets DuckDB's own default size.
var defaultDecimal = dataType{id: sdk.DataType_DECIMAL, precision: 18, scale: 3}

// declaredType is the type that a Schema answer gives a column.
func declaredType(c *sdk.Column) (dataType, error) {
	t := dataType{id: c.GetType()}
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
func (t dataType) sql() string {
	if t.id == sdk.DataType_DECIMAL {
		return fmt.Sprintf("DECIMAL(%d,%d)", t.precision, t.scale)
	}
	return sqlNames[t.id]
}

// parseSQLType is the inverse of sql. Any text type is STRING.
func parseSQLType(name string) (dataType, bool) {
	var t dataType
	if n, _ := fmt.Sscanf(name, "DECIMAL(%d,%d)", &t.precision, &t.scale); n == 2 {
		t.id = sdk.DataType_DECIMAL
		return t, true
	}
	for id, s := range sqlNames {
		if s == name {
			if s == "VARCHAR" {
				id = sdk.DataType_STRING
			}
			return dataType{id: id}, true
		}
	}
	return t, false
}

func (t dataType) known() bool { return t.id != sdk.DataType_UNSPECIFIED }

func (t dataType) text() bool {
	return t.id == sdk.DataType_STRING || t.id == sdk.DataType_JSON || t.id == sdk.DataType_XML
}

func (t dataType) integer() bool {
	return t.id >= sdk.DataType_SHORT && t.id <= sdk.DataType_LONG
}

func (t dataType) numeric() bool {
	return t.id >= sdk.DataType_SHORT && t.id <= sdk.DataType_DOUBLE
}

func (t dataType) temporal() bool {
	return t.id >= sdk.DataType_NAIVE_DATE && t.id <= sdk.DataType_UTC_DATETIME
}

// widen is Fivetran's ladder: the narrowest type that holds values of both.
// Unknown gives way to the other; of two numeric types or two temporal ones the
// higher wins; all else becomes STRING. Where the higher numeric type would lose
// digits (an integer that meets a FLOAT, a long DECIMAL that meets a DOUBLE) the
// next type that keeps them is taken.
func widen(a, b dataType) dataType {
	if a.id > b.id {
		a, b = b, a
	}
	switch {
	case a == b, !a.known():
		return b
	case a.text() && b.text():
		return dataType{id: sdk.DataType_STRING}
	case a.numeric() && b.numeric():
		return widenNumeric(a, b)
	case a.temporal() && b.temporal():
		return b
	}
	return dataType{id: sdk.DataType_STRING}
}

// digits is the most digits that an integer of the type has.
var digits = map[sdk.DataType]int{
	sdk.DataType_SHORT: 5, sdk.DataType_INT: 10, sdk.DataType_LONG: 19,
}

// doubleDigits is how many decimal digits a DOUBLE keeps for certain.
const doubleDigits = 15

// widenNumeric expects a to be no higher than b.
func widenNumeric(a, b dataType) dataType {
	switch {
	case b.id == sdk.DataType_DECIMAL:
		whole := max(b.precision-b.scale, digits[a.id], a.precision-a.scale)
		t := dataType{id: b.id, scale: max(a.scale, b.scale)}
		if t.precision = whole + t.scale; t.precision <= maxPrecision {
			return t
		}
		return dataType{id: sdk.DataType_STRING}
	case b.id < sdk.DataType_DECIMAL:
		return b
	case a.id == sdk.DataType_DECIMAL && a.precision > doubleDigits:
		return dataType{id: sdk.DataType_STRING}
	case a.id != sdk.DataType_SHORT && a.id != sdk.DataType_FLOAT:
		return dataType{id: sdk.DataType_DOUBLE}
	}
	return b
}

// kindTypes gives each kind of value its type.
var kindTypes = [...]sdk.DataType{
	kindBool:          sdk.DataType_BOOLEAN,
	kindShort:         sdk.DataType_SHORT,
	kindInt:           sdk.DataType_INT,
	kindLong:          sdk.DataType_LONG,
	kindFloat:         sdk.DataType_FLOAT,
	kindDouble:        sdk.DataType_DOUBLE,
	kindNaiveDate:     sdk.DataType_NAIVE_DATE,
	kindNaiveDatetime: sdk.DataType_NAIVE_DATETIME,
	kindUTCDatetime:   sdk.DataType_UTC_DATETIME,
	kindDecimal:       sdk.DataType_DECIMAL,
	kindBinary:        sdk.DataType_BINARY,
	kindString:        sdk.DataType_STRING,
	kindJSON:          sdk.DataType_JSON,
	kindXML:           sdk.DataType_XML,
}

// typ is the narrowest type that holds v. A short beyond 16 bits is an INT, and
// a decimal has the size of its digits.
func (v *value) typ() dataType {
	t := dataType{id: kindTypes[v.kind]}
	switch {
	case v.kind == kindShort && v.i != int64(int16(v.i)):
		t.id = sdk.DataType_INT
	case v.kind == kindDecimal:
		whole, scale := decimalSize(v.b)
		t.precision, t.scale = max(whole+scale, 1), scale
		if t.precision > maxPrecision {
			t = dataType{id: sdk.DataType_STRING}
		}
	}
	return t
}

// holding is the type that a column of type t needs to hold v as well without
// losing any of it.
func (t dataType) holding(v *value) dataType {
	if kindTypes[v.kind] == t.id && v.kind != kindShort && v.kind != kindDecimal {
		return t
	}
	if t.text() && (v.kind == kindString || v.kind == kindJSON || v.kind == kindXML) {
		return t
	}
	w := widen(t, v.typ())
	if w.id == sdk.DataType_FLOAT && (v.kind == kindShort || v.kind == kindInt || v.kind == kindLong) && int64(float32(v.i)) != v.i {
		w.id = sdk.DataType_DOUBLE
	}
	const exact = 1 << 53
	if w.id == sdk.DataType_DOUBLE && v.kind == kindLong && (v.i > exact || v.i < -exact) {
		w.id = sdk.DataType_STRING
	}
	if w.id == sdk.DataType_SHORT && (v.i > math.MaxInt16 || v.i < math.MinInt16) {
		w.id = sdk.DataType_INT
	}
	return w
}

// decimalSize counts the digits before and after the point, leading zeros and
// trailing zeros of the fraction aside.
func decimalSize(b []byte) (whole, scale int) {
	s := strings.TrimLeft(string(b), "+-")
	w, frac, _ := strings.Cut(s, ".")
	return len(strings.TrimLeft(w, "0")), len(strings.TrimRight(frac, "0"))
}
