package answer

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"
)

// repaired is JSON whose texts are fit for every reader: whole characters, no
// NUL.
func repaired(b []byte) json.RawMessage {
	if !broken(b) {
		return b
	}
	var value any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return b
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if e.Encode(withoutNUL(value)) != nil {
		return b
	}
	return bytes.TrimSpace(out.Bytes())
}

// broken reports JSON that holds NUL, a half surrogate or invalid bytes.
func broken(b []byte) bool {
	return !utf8.Valid(b) || oddEscape.Match(b) && oddEscape.Match(pairs.ReplaceAll(b, nil))
}

// An escape that stands alone for NUL or for half a character, and the escapes
// before which it may be looked for: a backslash, and a whole surrogate pair.
var (
	oddEscape = regexp.MustCompile(`\\u(0000|[dD][89a-fA-F])`)
	pairs     = regexp.MustCompile(`\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)
)

func withoutNUL(value any) any {
	switch v := value.(type) {
	case string:
		return strings.ReplaceAll(v, "\x00", "")
	case []any:
		for i := range v {
			v[i] = withoutNUL(v[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for name, of := range v {
			clean[strings.ReplaceAll(name, "\x00", "")] = withoutNUL(of)
		}
		return clean
	}
	return value
}
