package ndjson

import (
	"math"
	"strconv"
	"strings"

	"intercom-connector/connector/export/csv"
)

// AppendString appends a text as a JSON string without a line break of any kind.
// Bytes that are not UTF-8 become U+FFFD.
func AppendString(out []byte, text string) []byte {
	start := len(out)
	out = append(out, strings.ToValidUTF8(text, "\uFFFD")...)
	end := len(out)
	out = csv.AppendJSONString(out, out[start:end])
	return append(out[:start], out[end:]...)
}

// AppendDouble appends a finite number as JSON, with as few digits as tell it.
func AppendDouble(out []byte, value float64) []byte {
	form := byte('f')
	if size := math.Abs(value); size != 0 && (size < 1e-6 || size >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(out, value, form, -1, 64)
}
