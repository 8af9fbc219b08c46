package wire

import "strconv"

// maxDouble is the longest text that is taken for a number.
const maxDouble = 64

// powers of ten that a float64 holds exactly.
var powers = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// parseDouble reads a decimal number with a point or a comma and an optional
// exponent, as the float64 nearest to it.
func parseDouble(text []byte) (float64, bool) {
	if len(text) > maxDouble {
		return 0, false
	}
	rest := text
	if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
		rest = rest[1:]
	}
	mantissa, digits := parseDigits(0, rest)
	rest = rest[digits:]
	fraction := 0
	if len(rest) > 0 && (rest[0] == '.' || rest[0] == ',') {
		mantissa, fraction = parseDigits(mantissa, rest[1:])
		rest = rest[1+fraction:]
		digits += fraction
	}
	if digits == 0 {
		return 0, false
	}
	if len(rest) > 0 || digits > 15 {
		return parseLongDouble(text, rest)
	}
	// Both numbers are exact, so that their quotient is the nearest float64.
	value := float64(mantissa) / powers[fraction]
	if text[0] == '-' {
		value = -value
	}
	return value, true
}

// parseDigits goes on with a number by the digits that text begins with, and
// says how many they are. Of more than 19 the number is wrong.
func parseDigits(number uint64, text []byte) (uint64, int) {
	for i, c := range text {
		digit := uint64(c - '0')
		if digit > 9 {
			return number, i
		}
		number = number*10 + digit
	}
	return number, len(text)
}

// parseLongDouble reads what takes more than one division: many digits, or a
// rest after them, which may only be an exponent.
func parseLongDouble(text, rest []byte) (float64, bool) {
	if len(rest) > 0 && !isExponent(rest) {
		return 0, false
	}
	var point [maxDouble]byte
	n := copy(point[:], text)
	for i := range point[:n] {
		if point[i] == ',' {
			point[i] = '.'
		}
	}
	value, err := strconv.ParseFloat(string(point[:n]), 64)
	return value, err == nil
}

// isExponent reports whether text is an e, an optional sign, and digits.
func isExponent(text []byte) bool {
	if text[0] != 'e' && text[0] != 'E' {
		return false
	}
	text = text[1:]
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) > 0
}
