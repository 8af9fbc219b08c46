package protocol

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// AppendText writes the value as DuckDB casts it to VARCHAR, so that a column
// reads the same whether it was widened before or after the value came.
func (v *Value) AppendText(b []byte) []byte {
	switch v.Kind {
	case KindBool:
		return strconv.AppendBool(b, v.Int != 0)
	case KindShort, KindInt, KindLong:
		return strconv.AppendInt(b, v.Int, 10)
	case KindFloat:
		return appendFloat(b, v.Double, 32)
	case KindDouble:
		return appendFloat(b, v.Double, 64)
	case KindNaiveDate:
		return time.Unix(v.Int, 0).UTC().AppendFormat(b, "2006-01-02")
	case KindNaiveDatetime:
		return v.appendTime(b)
	case KindUTCDatetime:
		return append(v.appendTime(b), "+00"...)
	case KindBinary:
		return AppendBlob(b, v.Bytes)
	}
	return append(b, v.Bytes...)
}

func (v *Value) appendTime(b []byte) []byte {
	return time.Unix(v.Int, int64(v.Nanos)/1000*1000).UTC().AppendFormat(b, "2006-01-02 15:04:05.999999")
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

// AppendBlob writes printable ASCII as it is and other bytes as \xAB.
func AppendBlob(b, data []byte) []byte {
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
