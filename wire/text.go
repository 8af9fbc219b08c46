package wire

import (
	"bytes"
	"unicode/utf8"
)

// text gives the text that a field's bytes stand for: doubled quotes once,
// U+FFFD for each run of bytes that are not UTF-8, and no NULs. Most are that
// already, and stay where they are. The text is valid until the next call.
func (e *Encoder) text(f field) []byte {
	raw := f.text
	if f.marks&strange == 0 {
		return raw
	}
	if f.marks&doubled != 0 {
		e.unquoted = appendUndoubled(e.unquoted[:0], raw)
		raw = e.unquoted
	}
	if !utf8.Valid(raw) {
		e.row.repaired++
		e.repaired = appendRepaired(e.repaired[:0], raw)
		raw = e.repaired
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		e.row.nuls++
		e.denulled = appendWithoutNULs(e.denulled[:0], raw)
		raw = e.denulled
	}
	return raw
}

// appendUndoubled appends text with each pair of quotes made one.
func appendUndoubled(out, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '"')
		if i < 0 {
			return append(out, text...)
		}
		out = append(out, text[:i+1]...)
		text = text[i+2:]
	}
}

// appendRepaired appends text with each run of bytes that are not UTF-8 made
// one U+FFFD.
func appendRepaired(out, text []byte) []byte {
	broken := false
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch wrong := r == utf8.RuneError && size == 1; {
		case !wrong:
			out = append(out, text[:size]...)
			broken = false
		case !broken:
			out = utf8.AppendRune(out, utf8.RuneError)
			broken = true
		}
		text = text[size:]
	}
	return out
}

// appendWithoutNULs appends text without its NULs.
func appendWithoutNULs(out, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, 0)
		if i < 0 {
			return append(out, text...)
		}
		out = append(out, text[:i]...)
		text = text[i+1:]
	}
}

// clean reports whether text can be sent as it is.
func clean(text []byte) bool {
	return utf8.Valid(text) && bytes.IndexByte(text, 0) < 0
}
