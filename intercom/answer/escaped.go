package answer

import (
	"bytes"
	"encoding/json"
	"iter"
)

// Escaped are the texts and names in valid JSON that are written with escapes, without
// them; only those that may be as long as least. The others stand in it as they are.
func Escaped(b []byte, least int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for at := bytes.IndexByte(b, '"'); at >= 0; at = bytes.IndexByte(b, '"') {
			b = b[at:]
			end, escapes := 1, false
			for ; end < len(b) && b[end] != '"'; end++ {
				if b[end] == '\\' {
					escapes = true
					end++
				}
			}
			end = min(end+1, len(b))
			if escapes && end-2 >= least {
				var text string
				if json.Unmarshal(b[:end], &text) == nil && !yield(text) {
					return
				}
			}
			b = b[end:]
		}
	}
}
