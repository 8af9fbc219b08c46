package csv

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// texts makes the texts that fields stand for, in rooms that are used again.
type texts struct {
	unquoted, repaired, denulled []byte
}

// of gives the text that a field's bytes stand for: doubled quotes once, U+FFFD
// for each run of bytes that are not UTF-8, and no NULs; and whether the latter
// two were there. Most are that already, and stay where they are. The text is
// valid until the next call.
func (t *texts) of(f field) (text []byte, repaired, nuls bool) {
	text = f.text
	if f.marks&strange == 0 {
		return text, false, false
	}
	if f.marks&doubled != 0 {
		t.unquoted = appendUndoubled(t.unquoted[:0], text)
		text = t.unquoted
	}
	if !utf8.Valid(text) {
		repaired = true
		t.repaired = appendRepaired(t.repaired[:0], text)
		text = t.repaired
	}
	if bytes.IndexByte(text, 0) >= 0 {
		nuls = true
		t.denulled = appendWithoutNULs(t.denulled[:0], text)
		text = t.denulled
	}
	return text, repaired, nuls
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

const dash = "\u2014"

// isDash reports whether text stands for no value in columns that are not
// strings, and for no row id.
func isDash(text []byte) bool {
	return len(text) == 1 && text[0] == '-' || string(text) == dash
}

// beginsWithDash reports whether a row's first field, of several, is a dash.
func beginsWithDash(row []byte) bool {
	return row[0] == '-' && len(row) > 1 && row[1] == ',' || row[0] == dash[0] && bytes.HasPrefix(row, []byte(dash+","))
}

// unparsed gathers the texts of one row that did not fit, as a JSON object.
type unparsed struct {
	json []byte
}

// add takes the text of a column, whose name is quoted. It must be valid UTF-8.
func (u *unparsed) add(quoted, text []byte) {
	if len(u.json) == 0 {
		u.json = append(u.json, '{')
	} else {
		u.json[len(u.json)-1] = ','
	}
	u.json = append(append(u.json, quoted...), ':')
	u.json = append(AppendJSONString(u.json, text), '}')
}

const hexDigits = "0123456789abcdef"

// LineSeparator is the first byte of U+2028 and U+2029, among others.
const LineSeparator = 0xe2

// AppendJSONString appends text, which is valid UTF-8, as a JSON string without
// a line break of any kind: U+2028 and U+2029, which some readers of lines take
// for one, are escaped too.
func AppendJSONString(out, text []byte) []byte {
	out = append(out, '"')
	kept := 0
	for i := nextEscaped(text, 0); i < len(text); i = nextEscaped(text, i+1) {
		if text[i] != LineSeparator {
			out = appendEscaped(append(out, text[kept:i]...), text[i])
			kept = i + 1
		} else if text[i+1] == 0x80 && text[i+2]&^1 == 0xa8 {
			out = append(append(out, text[kept:i]...), '\\', 'u', '2', '0', '2', hexDigits[text[i+2]&0xf])
			kept = i + len("\u2028")
		}
	}
	return append(append(out, text[kept:]...), '"')
}

// appendEscaped appends a character that JSON strings do not hold as it is.
func appendEscaped(out []byte, b byte) []byte {
	switch b {
	case '"', '\\':
		return append(out, '\\', b)
	case '\n':
		return append(out, '\\', 'n')
	case '\r':
		return append(out, '\\', 'r')
	case '\t':
		return append(out, '\\', 't')
	}
	return append(out, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&0xf])
}

// nextEscaped is where the next character stands that may be escaped, from a
// place in text on.
func nextEscaped(text []byte, from int) int {
	for ; len(text)-from >= 8; from += 8 {
		word := binary.LittleEndian.Uint64(text[from:])
		line := word ^ ones*LineSeparator
		if found := Escaped(word) | (line-ones)&^line&highBits; found != 0 {
			return from + bits.TrailingZeros64(found)>>3
		}
	}
	for ; from < len(text); from++ {
		if b := text[from]; b < ' ' || b == '"' || b == '\\' || b == LineSeparator {
			break
		}
	}
	return from
}
