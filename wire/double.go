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
	digits, mark, i := 0, -1, 0
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		i = 1
	}
	var mantissa uint64
	for ; i < len(text); i++ {
		digit := uint64(text[i] - '0')
		if digit <= 9 {
			mantissa = mantissa*10 + digit
			digits++
			continue
		}
		if mark >= 0 || text[i] != '.' && text[i] != ',' {
			break
		}
		mark = digits
	}
	if digits == 0 {
		return 0, false
	}
	if i < len(text) || digits > 15 {
		return parseLongDouble(text, i)
	}
	// Both numbers are exact, so that their quotient is the nearest float64.
	value := float64(mantissa)
	if mark >= 0 {
		value /= powers[digits-mark]
	}
	if text[0] == '-' {
		value = -value
	}
	return value, true
}

// parseLongDouble reads what takes more than one division: many digits, or an
// exponent at i.
func parseLongDouble(text []byte, i int) (float64, bool) {
	if i < len(text) && !isExponent(text[i:]) {
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
