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
	skip  [256]int // by a byte of a line: how far on the id may end at the earliest
	text  []byte   // of a line, decoded once more each time
}

func newID(s string) *id {
	d := &id{lower: bytes.ToLower([]byte(s))}
	for c := range d.skip {
		d.skip[c] = len(s)
	}
	for i, c := range d.lower {
		d.skip[c], d.skip[bytes.ToUpper(d.lower[i : i+1])[0]] = len(s)-1-i, len(s)-1-i
	}
	return d
}

// Strings of JSON that hold JSON are decoded so many times.
const depths = 8

// in reports whether a line of JSON holds the id.
func (d *id) in(line []byte) bool {
	if !d.maybe(line) {
		return false
	}
	d.text = append(d.text[:0], line...)
	lowerASCII(d.text)
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

// maybe reports whether a line is worth to be decoded: most hold neither the id's
// bytes nor an escape that could hide it. It is the search of Boyer, Moore and
// Horspool, since bytes.Index knows nothing of case.
func (d *id) maybe(line []byte) bool {
	if bytes.Contains(line, []byte(`\u`)) {
		return true
	}
	for last := len(d.lower) - 1; last < len(line); {
		if on := d.skip[line[last]]; on > 0 {
			last += on
			continue
		}
		if bytes.EqualFold(line[last+1-len(d.lower):last+1], d.lower) {
			return true
		}
		last++
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
