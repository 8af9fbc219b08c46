package erase

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// id is a contact's id that is looked for in rows. It is found in any case, as
// a word of its own, in any string of the row and in strings within strings.
type id struct {
	lower []byte
	text  []byte // of a line, decoded once more each time
}

func newID(s string) *id { return &id{lower: bytes.ToLower([]byte(s))} }

// Strings of JSON that hold JSON are decoded so many times.
const depths = 8

// in reports whether a line of JSON holds the id. A search for its bytes comes
// first: most lines hold neither it nor an escape that could hide it.
func (d *id) in(line []byte) bool {
	d.text = append(d.text[:0], line...)
	lowerASCII(d.text)
	if !bytes.Contains(d.text, d.lower) && !bytes.Contains(d.text, []byte(`\u`)) {
		return false
	}
	for range depths {
		more := bytes.IndexByte(d.text, '\\') >= 0
		d.text = unescape(d.text)
		if d.isWord() {
			return true
		}
		if !more {
			return false
		}
	}
	return false
}

// isWord reports whether the text holds the id with nothing of an id beside it.
func (d *id) isWord() bool {
	for from := 0; ; {
		at := bytes.Index(d.text[from:], d.lower)
		if at < 0 {
			return false
		}
		begin, end := from+at, from+at+len(d.lower)
		if (begin == 0 || !ofID(d.text[begin-1])) && (end == len(d.text) || !ofID(d.text[end])) {
			return true
		}
		from = begin + 1
	}
}

func ofID(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '_' || c == '-'
}

func lowerASCII(b []byte) {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
}

// unescape replaces JSON's escapes by what they stand for, in place, in lower
// case. What is no escape stays.
func unescape(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		switch c := b[i]; c {
		case 'n', 't', 'r', 'b', 'f':
			out = append(out, ' ')
		case 'u':
			code, err := strconv.ParseUint(string(b[i+1:min(i+5, len(b))]), 16, 16)
			if err != nil || i+5 > len(b) {
				out = append(out, '\\', c)
				continue
			}
			at := len(out)
			out = utf8.AppendRune(out, rune(code))
			lowerASCII(out[at:])
			i += 4
		default:
			out = append(out, c)
		}
	}
	return out
}
