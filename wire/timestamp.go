package wire

import (
	"encoding/binary"
	"time"
)

// The first and last second that a protobuf Timestamp can hold: years 1 to
// 9999.
const (
	minSecond = -62135596800
	maxSecond = 253402300799
)

const (
	secondsPerDay = 24 * 60 * 60
	dateLength    = len("2006-01-02")
	clockLength   = len("15:04:05")
	plainLength   = dateLength + 1 + clockLength
)

// instant is a point in time as protobuf has it.
type instant struct {
	second int64 // of the Unix epoch
	nano   int32
	// again is when a clock without a zone shows the same once more, as in
	// the hour that daylight saving repeats; otherwise it is second.
	again int64
}

// date is what the text of a date means on a zone's clocks.
type date struct {
	text0    uint64 // the text, in two parts
	text1    uint16
	valid    bool
	simple   bool  // the clocks are offset ahead of UTC all day, and a day before and after
	day      int64 // since 1970-01-01
	midnight int64 // when it begins, in UTC, if the clocks are simple
}

// calendar reads times. Most rows' dates were seen a few rows before, so it
// keeps those that it read last.
type calendar struct {
	zone  *time.Location
	dates [256]date
}

// parse reads one of the forms of UTCDatetime.
func (c *calendar) parse(text []byte) (t instant, ok bool) {
	if len(text) < plainLength {
		return parseEpoch(text)
	}
	if text[dateLength] != ' ' && text[dateLength] != 'T' {
		return t, false
	}
	d := c.date(text)
	ofDay, ok := parseClock(binary.LittleEndian.Uint64(text[dateLength+1:]))
	if !ok || !d.valid {
		return t, false
	}
	text = text[plainLength:]
	if len(text) > 0 && text[0] == '.' {
		if t.nano, text, ok = parseFraction(text[1:]); !ok {
			return t, false
		}
	}
	switch {
	case len(text) > 0:
		offset, ok := parseOffset(text)
		if !ok {
			return t, false
		}
		t.second = d.day*secondsPerDay + ofDay - offset
		t.again = t.second
	case d.simple:
		t.second = d.midnight + ofDay
		t.again = t.second
	default:
		t.second, t.again = c.instants(d.day*secondsPerDay + ofDay)
	}
	return t, minSecond <= t.second && t.second <= maxSecond
}

// date looks up the date that text begins with.
func (c *calendar) date(text []byte) *date {
	text0, text1 := binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint16(text[8:])
	// Month and day as a hash.
	at := (text0>>40 | uint64(text1)<<24) * 0x9e3779b97f4a7c15 >> 56
	d := &c.dates[at%uint64(len(c.dates))]
	if d.text0 != text0 || d.text1 != text1 {
		*d = c.newDate(text)
		d.text0, d.text1 = text0, text1
	}
	return d
}

// newDate reads the date that text begins with.
func (c *calendar) newDate(text []byte) (d date) {
	d.day, d.valid = parseDate(text[:dateLength])
	if d.valid {
		var offset int64
		offset, d.simple = c.offset(d.day)
		d.midnight = d.day*secondsPerDay - offset
	}
	return d
}

// parseDate reads YYYY-MM-DD as days since 1970-01-01.
func parseDate(text []byte) (day int64, ok bool) {
	if text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	century, ok0 := parsePair(text[0:])
	year, ok1 := parsePair(text[2:])
	month, ok2 := parsePair(text[5:])
	dayOfMonth, ok3 := parsePair(text[8:])
	if !ok0 || !ok1 || !ok2 || !ok3 || month < 1 || month > 12 || dayOfMonth < 1 {
		return 0, false
	}
	date := time.Date(century*100+year, time.Month(month), dayOfMonth, 0, 0, 0, 0, time.UTC)
	// A day that the month does not have has become one of the next.
	return date.Unix() / secondsPerDay, date.Day() == dayOfMonth
}

// parsePair reads two digits.
func parsePair(text []byte) (n int, ok bool) {
	tens, units := text[0]-'0', text[1]-'0'
	return int(tens)*10 + int(units), tens <= 9 && units <= 9
}

// clockZero is 00:00:00 as eight bytes. Taken off a time of day with XOR it
// leaves each digit's value, and nothing of the colons.
const clockZero = 0x30303A30303A3030

// parseClock reads hh:mm:ss, given as eight bytes, as a second of the day.
func parseClock(text uint64) (second int64, ok bool) {
	text ^= clockZero
	// What is too large reaches its byte's high bit: more than 9 in a digit
	// when 0x76 is added, anything in a colon with 0x7F. The sum of two low
	// halves cannot carry into the next byte.
	const limits = 0x76767F76767F7676
	if (text|(text&^highBits+limits))&highBits != 0 {
		return 0, false
	}
	text = text*10 + text>>8 // tens and units in one byte
	hour, minute, sec := text&0xff, text>>24&0xff, text>>48&0xff
	return int64(hour*3600 + minute*60 + sec), hour < 24 && minute < 60 && sec < 60
}

// parseFraction reads one to nine digits as nanoseconds, and gives what
// follows them.
func parseFraction(text []byte) (nano int32, rest []byte, ok bool) {
	digits := 0
	for digits < len(text) && text[digits]-'0' <= 9 {
		if digits == 9 {
			return 0, nil, false
		}
		nano = nano*10 + int32(text[digits]-'0')
		digits++
	}
	for i := digits; i < 9; i++ {
		nano *= 10
	}
	return nano, text[digits:], digits > 0
}

// parseOffset reads Z or ±hh:mm as seconds east of UTC.
func parseOffset(text []byte) (offset int64, ok bool) {
	if len(text) == 1 {
		return 0, text[0] == 'Z'
	}
	if len(text) != len("+00:00") || text[3] != ':' || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	hours, ok0 := parsePair(text[1:])
	minutes, ok1 := parsePair(text[4:])
	offset = int64(hours*3600 + minutes*60)
	if text[0] == '-' {
		offset = -offset
	}
	return offset, ok0 && ok1 && hours < 24 && minutes < 60
}

// parseEpoch reads seconds of the Unix epoch in ten digits, or milliseconds in
// thirteen.
func parseEpoch(text []byte) (t instant, ok bool) {
	if len(text) != 10 && len(text) != 13 {
		return t, false
	}
	var n int64
	for _, c := range text {
		if c < '0' || c > '9' {
			return t, false
		}
		n = n*10 + int64(c-'0')
	}
	if len(text) == 13 {
		t.nano = int32(n%1000) * 1e6
		n /= 1000
	}
	t.second, t.again = n, n
	return t, true
}
