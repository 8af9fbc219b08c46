package wire

import "math"

// parseLong reads an integer with an optional sign, and with nothing but zeros
// after a point if it has one.
func parseLong(text []byte) (int64, bool) {
	negative := false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		text = text[1:]
	}
	var n uint64
	i := 0
	for ; i < len(text); i++ {
		digit := uint64(text[i] - '0')
		if digit > 9 {
			break
		}
		if n > (math.MaxUint64-9)/10 {
			return 0, false
		}
		n = n*10 + digit
	}
	if i == 0 || i < len(text) && !onlyZeros(text[i:]) {
		return 0, false
	}
	if negative {
		return -int64(n), n <= -math.MinInt64
	}
	return int64(n), n <= math.MaxInt64
}

// onlyZeros reports whether fraction is a point and zeros.
func onlyZeros(fraction []byte) bool {
	if len(fraction) < 2 || fraction[0] != '.' {
		return false
	}
	for _, c := range fraction[1:] {
		if c != '0' {
			return false
		}
	}
	return true
}
