package wire

import (
	"bytes"
	"strconv"
)

// parseLong reads an integer with an optional sign, and with nothing but zeros
// after a point if it has one.
func parseLong(text []byte) (int64, bool) {
	if value, length := leadingLong(text); length > 0 && length == len(text) {
		return value, true
	}
	whole := text
	if point := bytes.IndexByte(text, '.'); point >= 0 {
		whole = text[:point]
		if !onlyZeros(text[point:]) {
			return 0, false
		}
	}
	// What strconv would refuse costs an error value.
	digits := whole
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	if _, length := parseDigits(0, digits); length == 0 || length < len(digits) {
		return 0, false
	}
	value, err := strconv.ParseInt(string(whole), 10, 64)
	return value, err == nil
}

// leadingLong reads the integer that text begins with, and gives its length; 0
// if there is none or if it has more than 18 digits.
func leadingLong(text []byte) (value int64, length int) {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		length = 1
	}
	n, digits := parseDigits(0, text[length:])
	if digits == 0 || digits > 18 {
		return 0, 0
	}
	if text[0] == '-' {
		return -int64(n), length + digits
	}
	return int64(n), length + digits
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
