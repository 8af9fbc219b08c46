// Package number reads the forms of numbers that exports are written with: a point or
// a comma before decimals, an exponent, a sign. What may be meant in two ways is none.
package number

import (
	"bytes"
	"strconv"
)

// Long reads an integer with an optional sign, and with nothing but zeros
// after a point or a comma if it has one.
func Long(text []byte) (int64, bool) {
	if point := bytes.IndexAny(text, ".,"); point >= 0 {
		if !onlyZeros(text[point+1:]) || mayBeThousands(text) {
			return 0, false
		}
		text = text[:point]
	}
	rest, negative := unsigned(text)
	value, digits := Digits(0, rest)
	switch {
	case digits == 0 || digits < len(rest):
		return 0, false // which strconv would say with an error value
	case digits > 18:
		value, err := strconv.ParseInt(string(text), 10, 64)
		return value, err == nil
	case negative:
		return -int64(value), true
	}
	return int64(value), true
}

// onlyZeros reports whether a fraction is zeros, one at least.
func onlyZeros(fraction []byte) bool {
	return len(fraction) > 0 && len(bytes.TrimLeft(fraction, "0")) == 0
}

// maxDouble is the longest text that is taken for a number.
const maxDouble = 64

// powers of ten that a float64 holds exactly.
var powers = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// Double reads a decimal number with a point or a comma and an optional
// exponent, as the float64 nearest to it.
func Double(text []byte) (float64, bool) {
	if len(text) > maxDouble || mayBeThousands(text) {
		return 0, false
	}
	if value, ok := parseShortDouble(text); ok {
		return value, true
	}
	return parseLongDouble(text)
}

// mayBeThousands reports whether a number's comma may stand between thousands:
// one to three digits before it of which the first is not zero, three after it,
// and nothing else. 1,234 is 1234 to some and 1.234 to others, so that it is
// neither; 0,123 and 1234,567 can only be meant in one way.
func mayBeThousands(text []byte) bool {
	digits, _ := unsigned(text)
	comma := len(digits) - len(",234")
	if comma < 1 || comma > 3 || digits[comma] != ',' || digits[0] == '0' {
		return false
	}
	_, before := Digits(0, digits[:comma])
	_, after := Digits(0, digits[comma+1:])
	return before == comma && after == 3
}

// parseShortDouble reads a number of up to 15 digits without an exponent.
func parseShortDouble(text []byte) (value float64, ok bool) {
	rest, negative := unsigned(text)
	mantissa, digits := Digits(0, rest)
	rest = rest[digits:]
	fraction := 0
	if len(rest) > 0 && (rest[0] == '.' || rest[0] == ',') {
		mantissa, fraction = Digits(mantissa, rest[1:])
		rest = rest[1+fraction:]
		digits += fraction
	}
	if len(rest) > 0 || digits == 0 || digits > 15 {
		return 0, false
	}
	// Both numbers are exact, so that their quotient is the nearest float64.
	value = float64(mantissa) / powers[fraction]
	if negative {
		value = -value
	}
	return value, true
}

// unsigned takes the sign off a number.
func unsigned(text []byte) (rest []byte, negative bool) {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		return text[1:], text[0] == '-'
	}
	return text, false
}

// Digits goes on with a number by the digits that text begins with, and
// says how many they are. Of more than 19 the number is wrong.
func Digits(number uint64, text []byte) (uint64, int) {
	for i, c := range text {
		digit := uint64(c - '0')
		if digit > 9 {
			return number, i
		}
		number = number*10 + digit
	}
	return number, len(text)
}

// parseLongDouble reads what takes more than one division: many digits, or an
// exponent. What is made of a number's characters but is none is strconv's to
// refuse; what else it would take, such as infinities, is refused here.
func parseLongDouble(text []byte) (float64, bool) {
	var point [maxDouble]byte
	for i, c := range text {
		switch {
		case c == ',':
			c = '.'
		case '0' <= c && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return 0, false
		}
		point[i] = c
	}
	value, err := strconv.ParseFloat(string(point[:len(text)]), 64)
	return value, err == nil
}
