package ndjson

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"time"
	"unicode/utf8"

	"intercom-connector/connector/export/csv"
)

// What is here writes plain fields with few instructions. It looks at a fixed
// number of bytes, whatever follows the field included, and writes a fixed number,
// since a copy of constant size takes no call and no loop; what is written too
// much is written over next.

const (
	// headRoom is the longest name, with what stands around it, that is prepared.
	headRoom = 64
	// plainRoom is more than what is written of a field.
	plainRoom = 256
)

// target is what is made of one field of the CSV.
type target struct {
	head  [headRoom]byte // ,"name": and the quote before a text or a time
	size  uint8          // how much of head that is
	plain bool           // the head is prepared
	field csv.Target
}

func (l *lines) Arrange(targets []csv.Target) {
	l.targets = make([]target, len(targets))
	for i, s := range targets {
		l.targets[i].field = s
		if s.Column == csv.Absent {
			continue
		}
		head := bytes.Clone(l.names[s.Column])
		if s.Kind == csv.String || s.Kind == csv.UTCDatetime {
			head = append(head, '"')
		}
		if len(head) <= headRoom {
			l.targets[i].size = uint8(copy(l.targets[i].head[:], head))
			l.targets[i].plain = s.Plain
		}
	}
}

// Plain appends the fields that data begins with, as far as they are plain, and
// says how many bytes and fields they are.
func (l *lines) Plain(out, data []byte, field int) (_ []byte, read, fields int) {
	targets := l.targets[field:]
	room, rest, left := out[len(out):cap(out)], data, targets
	for len(left) > 1 && len(rest) >= csv.Lookahead && len(room) >= plainRoom {
		s, look, put := &left[0], (*[csv.Lookahead]byte)(rest), (*[plainRoom]byte)(room)
		if look[0] == ',' && s.field.Nulls > 0 {
			empty := s.field.Empty(look)
			rest, left = rest[empty:], left[empty:]
			continue
		}
		if !s.plain {
			break
		}
		var written, length int
		switch s.field.Kind {
		case csv.String:
			written, length = s.text(put, look)
		case csv.Double:
			written, length = s.double(put, look)
		case csv.UTCDatetime:
			written, length = l.instant(s, put, look)
		case csv.Long:
			written, length = s.long(put, look)
		}
		if length == 0 {
			break
		}
		room, rest, left = room[written:], rest[length+1:], left[1:]
	}
	return out[:cap(out)-len(room)], len(data) - len(rest), len(targets) - len(left)
}

// text puts the text that look begins with, and gives the lengths of what is
// written and read; none, as all of these, if the field is not plain.
func (s *target) text(put *[plainRoom]byte, look *[csv.Lookahead]byte) (written, length int) {
	word := binary.LittleEndian.Uint64(look[:])
	ends := s.field.Ends(word)
	var odd, seen uint64
	for ends == 0 {
		odd |= csv.Escaped(word)
		seen |= word
		if length += 8; length == csv.Lookahead {
			return 0, 0
		}
		word = binary.LittleEndian.Uint64(look[length:])
		ends = s.field.Ends(word)
	}
	before := (ends - 1) &^ ends
	odd |= csv.Escaped(word) & before
	seen |= word & before
	length += bits.TrailingZeros64(ends) >> 3
	if odd != 0 || length == 0 || seen&csv.HighBits != 0 && (!utf8.Valid(look[:length]) || bytes.IndexByte(look[:length], csv.LineSeparator) >= 0) ||
		s.field.Newline() && bytes.IndexByte(look[:length], ',') >= 0 {
		return 0, 0
	}
	*(*[headRoom]byte)(put[:]) = s.head
	value := (*[csv.Lookahead]byte)(put[s.size:])
	*(*[16]byte)(value[:]) = *(*[16]byte)(look[:])
	if length > 16 {
		*(*[16]byte)(value[16:]) = *(*[16]byte)(look[16:])
		if length > 32 {
			*(*[16]byte)(value[32:]) = *(*[16]byte)(look[32:])
			*(*[16]byte)(value[48:]) = *(*[16]byte)(look[48:])
		}
	}
	value[length&63] = '"'
	return int(s.size) + length + 1, length
}

// double puts a number with up to seven digits on each side of a point as it is,
// if JSON writes it so too: without zeros before it.
func (s *target) double(put *[plainRoom]byte, look *[csv.Lookahead]byte) (written, length int) {
	_, length = csv.Digits(binary.LittleEndian.Uint64(look[:]))
	if length == 0 || look[0] == '0' && length > 1 {
		return 0, 0
	}
	if look[length&7] == '.' {
		_, digits := csv.Digits(binary.LittleEndian.Uint64(look[length&7+1:]))
		length += 1 + digits
		if digits == 0 {
			return 0, 0
		}
	}
	if look[length&15] != s.field.Stop() {
		return 0, 0
	}
	return s.number(put, look, length), length
}

// long puts an integer of up to seven digits.
func (s *target) long(put *[plainRoom]byte, look *[csv.Lookahead]byte) (written, length int) {
	_, length = csv.Digits(binary.LittleEndian.Uint64(look[:]))
	if length == 0 || look[0] == '0' && length > 1 || look[length&7] != s.field.Stop() {
		return 0, 0
	}
	return s.number(put, look, length), length
}

// number puts up to 15 characters as they are.
func (s *target) number(put *[plainRoom]byte, look *[csv.Lookahead]byte, length int) (written int) {
	*(*[headRoom]byte)(put[:]) = s.head
	*(*[16]byte)(put[s.size:]) = *(*[16]byte)(look[:])
	return int(s.size) + length
}

// instant puts a plain time.
func (l *lines) instant(s *target, put *[plainRoom]byte, look *[csv.Lookahead]byte) (written, length int) {
	second, ok := l.reader.Time(&s.field, look)
	if !ok || second < 0 {
		return 0, 0
	}
	*(*[headRoom]byte)(put[:]) = s.head
	text := (*[timeLength + 1]byte)(put[s.size:])
	l.calendar.put((*[timeLength]byte)(text[:]), second)
	text[timeLength] = '"'
	return int(s.size) + timeLength + 1, csv.TimeLength
}

const timeLength = len(time.DateTime)

// calendar writes times, and keeps the dates that it wrote last.
type calendar [64]struct {
	day  int64 // since 1970-01-01, and one
	text [len(time.DateOnly)]byte
}

// put writes a second from 1970 on.
func (c *calendar) put(text *[timeLength]byte, second int64) {
	day, ofDay := second/(24*60*60), second%(24*60*60)
	date := &c[day%int64(len(c))]
	if date.day != day+1 {
		date.day = day + 1
		time.Unix(second, 0).UTC().AppendFormat(date.text[:0], time.DateOnly)
	}
	*(*[len(time.DateOnly)]byte)(text[:]) = date.text
	hour, minute := ofDay/3600, ofDay/60%60
	text[10], text[13], text[16] = ' ', ':', ':'
	*(*[2]byte)(text[11:]) = pairs[hour]
	*(*[2]byte)(text[14:]) = pairs[minute]
	*(*[2]byte)(text[17:]) = pairs[ofDay%60]
}

// pairs are the numbers below 60 in two digits.
var pairs = func() (pairs [60][2]byte) {
	for i := range pairs {
		pairs[i] = [2]byte{byte('0' + i/10), byte('0' + i%10)}
	}
	return pairs
}()
