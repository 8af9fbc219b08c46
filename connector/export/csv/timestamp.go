package csv

import (
	"bytes"
	"encoding/binary"
	"time"

	"intercom-connector/connector/export/csv/number"
)

// The first and last second that every destination can hold: years 1 to 9999.
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

// Instant is a point in time.
type Instant struct {
	Second int64 // of the Unix epoch
	Nano   int32
	// again is when a clock without a zone shows the same once more, as in
	// the hour that daylight saving repeats; otherwise it is Second.
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
func (c *calendar) parse(text []byte) (t Instant, ok bool) {
	if len(text) < dateLength || text[4] != '-' {
		return parseEpoch(text)
	}
	d := c.date(text)
	if !d.valid {
		return t, false
	}
	if len(text) == dateLength {
		t.Second = c.beginningOf(d)
		t.again = t.Second
		return t, minSecond <= t.Second && t.Second <= maxSecond
	}
	if text[dateLength] != ' ' && text[dateLength]|0x20 != 't' {
		return t, false
	}
	ofDay, nano, zone, ok := parseTimeOfDay(text[dateLength+1:])
	if !ok {
		return t, false
	}
	t.Nano = nano
	switch {
	case len(zone) > 0:
		offset, ok := parseOffset(zone)
		if !ok {
			return t, false
		}
		t.Second = d.day*secondsPerDay + ofDay - offset
		t.again = t.Second
	case d.simple:
		t.Second = d.midnight + ofDay
		t.again = t.Second
	default:
		t.Second, t.again = c.instants(d.day*secondsPerDay + ofDay)
	}
	return t, minSecond <= t.Second && t.Second <= maxSecond
}

// date looks up the date that text begins with.
func (c *calendar) date(text []byte) *date {
	text0, text1 := binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint16(text[8:])
	d := c.place(text0, text1)
	if d.text0 != text0 || d.text1 != text1 {
		*d = c.newDate(text)
	}
	return d
}

// place is where a date is kept: by its month and day.
func (c *calendar) place(text0 uint64, text1 uint16) *date {
	at := (text0>>40 | uint64(text1)<<24) * 0x9e3779b97f4a7c15 >> 56
	return &c.dates[at%uint64(len(c.dates))]
}

// newDate reads the date that text begins with.
func (c *calendar) newDate(text []byte) (d date) {
	d.text0, d.text1 = binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint16(text[8:])
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

// parseTimeOfDay reads hh:mm or hh:mm:ss, where one digit is enough for the hour, a
// fraction of a second, and AM or PM. It gives what follows them, which is the zone,
// or nothing.
func parseTimeOfDay(text []byte) (second int64, nano int32, zone []byte, ok bool) {
	value, digits := number.Digits(0, text)
	if digits < 1 || digits > 2 {
		return 0, 0, nil, false
	}
	hour := int(value)
	minute, text, ok := parseSixtieth(text[digits:])
	if !ok {
		return 0, 0, nil, false
	}
	sec := 0
	if len(text) > 0 && text[0] == ':' {
		if sec, text, ok = parseSixtieth(text); !ok {
			return 0, 0, nil, false
		}
		if len(text) > 0 && text[0] == '.' {
			if nano, text, ok = parseFraction(text[1:]); !ok {
				return 0, 0, nil, false
			}
		}
	}
	half, zone := cutHalf(text)
	switch {
	case half == 0:
		ok = hour < 24
	default:
		ok = 1 <= hour && hour <= 12
		hour %= 12
		if half == 'P' {
			hour += 12
		}
	}
	return int64(hour*3600 + minute*60 + sec), nano, zone, ok
}

// parseSixtieth reads a colon and two digits below 60.
func parseSixtieth(text []byte) (n int, rest []byte, ok bool) {
	if len(text) < len(":00") || text[0] != ':' {
		return 0, nil, false
	}
	n, ok = parsePair(text[1:])
	return n, text[len(":00"):], ok && n < 60
}

// cutHalf takes AM or PM off the text, and says which by its first letter, or 0.
func cutHalf(text []byte) (half byte, rest []byte) {
	after := bytes.TrimPrefix(text, space)
	if len(after) < len("AM") || after[1]&^0x20 != 'M' {
		return 0, text
	}
	if half = after[0] &^ 0x20; half != 'A' && half != 'P' {
		return 0, text
	}
	return half, after[len("AM"):]
}

var space = []byte(" ")

// parseFraction reads digits as nanoseconds, those after the ninth for nothing, and
// gives what follows them.
func parseFraction(text []byte) (nano int32, rest []byte, ok bool) {
	digits := 0
	for digits < len(text) && text[digits]-'0' <= 9 {
		if digits < 9 {
			nano = nano*10 + int32(text[digits]-'0')
		}
		digits++
	}
	for i := digits; i < 9; i++ {
		nano *= 10
	}
	return nano, text[digits:], digits > 0
}

// parseOffset reads UTC, GMT, Z, ±hh, ±hh:mm or ±hhmm, after a space or none, as
// seconds east of UTC.
func parseOffset(text []byte) (offset int64, ok bool) {
	text = bytes.TrimPrefix(text, space)
	if bytes.EqualFold(text, []byte("Z")) || bytes.EqualFold(text, []byte("UTC")) || bytes.EqualFold(text, []byte("GMT")) {
		return 0, true
	}
	if len(text) < len("+00") || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	hours, ok := parsePair(text[1:])
	minutes := 0
	if after := text[len("+00"):]; ok && len(after) > 0 {
		after = bytes.TrimPrefix(after, []byte(":"))
		if len(after) != len("00") {
			return 0, false
		}
		minutes, ok = parsePair(after)
	}
	offset = int64(hours*3600 + minutes*60)
	if text[0] == '-' {
		offset = -offset
	}
	return offset, ok && hours < 24 && minutes < 60
}

// parseEpoch reads seconds of the Unix epoch in ten digits, milliseconds in
// thirteen, microseconds in sixteen or nanoseconds in nineteen, with decimals or
// without.
func parseEpoch(text []byte) (t Instant, ok bool) {
	value, digits := number.Digits(0, text)
	var unit uint64 // how many are a second
	switch digits {
	case 10:
		unit = 1
	case 13:
		unit = 1e3
	case 16:
		unit = 1e6
	case 19:
		unit = 1e9
	default:
		return t, false
	}
	var part int32 // of a unit, in billionths
	rest := text[digits:]
	if ok = len(rest) == 0; !ok && rest[0] == '.' {
		part, rest, ok = parseFraction(rest[1:])
	}
	t.Second = int64(value / unit)
	t.Nano = int32(value%unit*(1e9/unit)) + part/int32(unit)
	t.again = t.Second
	return t, ok && len(rest) == 0
}

// margin is how far from a change of offset a day is simple: one that turns
// clocks back by a whole day has happened.
const margin = 25 * time.Hour

// offset gives how many seconds the zone's clocks are ahead of UTC on a day,
// given as days since 1970-01-01, and whether it is the same all day and in the
// margin before and after.
func (c *calendar) offset(day int64) (offset int64, simple bool) {
	year, month, date := time.Unix(day*secondsPerDay, 0).UTC().Date()
	noon := time.Date(year, month, date, 12, 0, 0, 0, c.zone)
	_, seconds := noon.Zone()
	start, end := noon.ZoneBounds()
	first, last := noon.Add(-12*time.Hour-margin), noon.Add(12*time.Hour+margin)
	return int64(seconds), (start.IsZero() || !first.Before(start)) && (end.IsZero() || !last.After(end))
}

// instants gives the first and the last second at which the clocks show a
// time, given as seconds since 1970-01-01 00:00:00 on them. They differ where
// clocks were turned back. A time that was skipped is what time.Date makes of
// it.
func (c *calendar) instants(local int64) (first, last int64) {
	utc := time.Unix(local, 0).UTC()
	year, month, day := utc.Date()
	hour, minute, second := utc.Clock()
	t := time.Date(year, month, day, hour, minute, second, 0, c.zone)
	first, last = t.Unix(), t.Unix()
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		_, offset := start.Add(-time.Second).Zone()
		if before := local - int64(offset); before < start.Unix() {
			first = min(first, before)
		}
	}
	if !end.IsZero() {
		_, offset := end.Zone()
		if after := local - int64(offset); after >= end.Unix() {
			last = max(last, after)
		}
	}
	return first, last
}

// beginningOf gives the first second whose date on the clocks is d, which is
// not midnight where the clocks skip it.
func (c *calendar) beginningOf(d *date) int64 {
	if d.simple {
		return d.midnight
	}
	first, _ := c.instants(d.day * secondsPerDay)
	t := time.Unix(first, 0).In(c.zone)
	if _, offset := t.Zone(); first+int64(offset) < d.day*secondsPerDay {
		if _, end := t.ZoneBounds(); !end.IsZero() {
			return end.Unix()
		}
	}
	return first
}
