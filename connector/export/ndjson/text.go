package ndjson

import (
	"strings"

	"intercom-connector/connector/export/csv"
)

// AppendString appends a text as a JSON string without a line break of any kind.
// Bytes that are not UTF-8 become U+FFFD.
func AppendString(out []byte, text string) []byte {
	return csv.AppendJSONString(out, []byte(strings.ToValidUTF8(text, "\uFFFD")))
}
