package tester

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The instants that a Timestamp may hold: the years 1 to 9999.
const (
	minSeconds = -62135596800
	maxSeconds = 253402300799
)

var decimalForm = regexp.MustCompile(`^[+-]?(\d+(\.\d*)?|\.\d+)$`)

// check holds a value against what its kind promises.
func (v *value) check() *RuleError {
	switch v.kind {
	case kindString, kindXML:
		if !utf8.Valid(v.b) {
			return broken(RuleUTF8, "the text is not valid UTF-8")
		}
	case kindJSON:
		if !utf8.Valid(v.b) {
			return broken(RuleUTF8, "the JSON is not valid UTF-8")
		}
		if !json.Valid(v.b) {
			return broken(RuleValue, "a json value is not JSON (for nothing, send null)")
		}
	case kindDecimal:
		if !decimalForm.Match(v.b) {
			return broken(RuleValue, "a decimal value is not a decimal number")
		}
	case kindNaiveDate, kindNaiveDatetime, kindUTCDatetime:
		if v.i < minSeconds || v.i > maxSeconds || v.nanos < 0 || v.nanos > 999_999_999 {
			return broken(RuleValue, "a time lies outside the years 1 to 9999")
		}
		if v.kind == kindNaiveDate && (v.i%86400 != 0 || v.nanos != 0) {
			return broken(RuleValue, "a naive_date is not at 00:00:00 UTC")
		}
	case kindNull:
		if v.i != 1 {
			return broken(RuleValue, "null is set to false: leave it out or set it to true")
		}
	case noKind:
		return broken(RuleValueKind, "the value has no kind set: nothing is null=true")
	case kindNaiveTime:
		return broken(RuleValueKind, "naive_time is not for sources")
	}
	return nil
}

// micros is a time in microseconds since 1970; DuckDB keeps no finer ones.
func (v *value) micros() int64 { return v.i*1_000_000 + int64(v.nanos)/1000 }

// float is a number for a FLOAT or DOUBLE column.
func (v *value) float() float64 {
	switch v.kind {
	case kindFloat, kindDouble:
		return v.f
	case kindDecimal:
		f, _ := strconv.ParseFloat(string(v.b), 64) // its form was checked
		return f
	}
	return float64(v.i)
}

// appendText writes the value as DuckDB casts it to VARCHAR, so that a column
// reads the same whether it was widened before or after the value came.
func (v *value) appendText(b []byte) []byte {
	switch v.kind {
	case kindBool:
		return strconv.AppendBool(b, v.i != 0)
	case kindShort, kindInt, kindLong:
		return strconv.AppendInt(b, v.i, 10)
	case kindFloat:
		return appendFloat(b, v.f, 32)
	case kindDouble:
		return appendFloat(b, v.f, 64)
	case kindNaiveDate:
		return time.Unix(v.i, 0).UTC().AppendFormat(b, "2006-01-02")
	case kindNaiveDatetime:
		return v.appendTime(b)
	case kindUTCDatetime:
		return append(v.appendTime(b), "+00"...)
	case kindBinary:
		return appendBlob(b, v.b)
	}
	return append(b, v.b...)
}

func (v *value) appendTime(b []byte) []byte {
	return time.Unix(v.i, int64(v.nanos)/1000*1000).UTC().AppendFormat(b, "2006-01-02 15:04:05.999999")
}

// appendFloat writes 1 as 1.0, 1e16 as 1e+16, and the shortest digits that
// read back the same.
func appendFloat(b []byte, f float64, bits int) []byte {
	smallest := 1e-4 // below it, an exponent
	if bits == 32 {
		smallest = float64(float32(smallest))
	}
	switch {
	case math.IsNaN(f):
		return append(b, "nan"...)
	case math.IsInf(f, 0):
		return append(b, strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'f', -1, 64)), "+")...)
	case f != 0 && (math.Abs(f) < smallest || math.Abs(f) >= 1e16):
		return strconv.AppendFloat(b, f, 'e', -1, bits)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, bits)
	if !strings.Contains(string(b[start:]), ".") {
		b = append(b, ".0"...)
	}
	return b
}

// appendBlob writes printable ASCII as it is and other bytes as \xAB.
func appendBlob(b, data []byte) []byte {
	const hex = "0123456789ABCDEF"
	for _, c := range data {
		if c >= ' ' && c <= '~' && c != '\\' && c != '\'' && c != '"' {
			b = append(b, c)
		} else {
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		}
	}
	return b
}
