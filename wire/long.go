package wire

import (
	"bytes"
	"strconv"
)

// parseLong reads an integer with an optional sign, and with nothing but zeros
// after a point if it has one.
func parseLong(text []byte) (int64, bool) {
	if point := bytes.IndexByte(text, '.'); point >= 0 {
		if !onlyZeros(text[point:]) {
			return 0, false
		}
		text = text[:point]
	}
	rest, negative := unsigned(text)
	value, digits := parseDigits(0, rest)
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
