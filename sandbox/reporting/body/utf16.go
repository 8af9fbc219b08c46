package body

import (
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Writer writes UTF-8 as UTF-16, the low byte first, with the mark that says so.
type utf16Writer struct {
	to     io.Writer
	begun  bool
	partly []byte // of a character that the last piece cut
}

func (u *utf16Writer) Write(p []byte) (int, error) {
	var out []byte
	if !u.begun {
		out, u.begun = append(out, 0xff, 0xfe), true
	}
	rest := append(u.partly, p...)
	for len(rest) > 0 && utf8.FullRune(rest) {
		r, size := utf8.DecodeRune(rest)
		for _, unit := range utf16.AppendRune(nil, r) {
			out = binary.LittleEndian.AppendUint16(out, unit)
		}
		rest = rest[size:]
	}
	u.partly = append([]byte(nil), rest...)
	_, err := u.to.Write(out)
	return len(p), err
}
