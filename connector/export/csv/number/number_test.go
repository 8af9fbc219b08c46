package number

import (
	"math"
	"strings"
	"testing"
)

func TestParseLong(t *testing.T) {
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"7", 7, true},
		{"-12", -12, true},
		{"+5", 5, true},
		{"-0", 0, true},
		{"007", 7, true},
		{"12.0", 12, true},
		{"-3.000", -3, true},
		{"9223372036854775807", math.MaxInt64, true},
		{"9223372036854775808", 0, false},
		{"-9223372036854775808", math.MinInt64, true},
		{"-9223372036854775809", 0, false},
		{"18446744073709551615", 0, false},
		{"18446744073709551616", 0, false},
		{"99999999999999999999999", 0, false},
		{"", 0, false},
		{"-", 0, false},
		{"+", 0, false},
		{"12.", 0, false},
		{".0", 0, false},
		{"12.5", 0, false},
		{"12,0", 12, true},
		{"-3,00", -3, true},
		{"0,000", 0, true},
		{"1,000", 0, false},
		{"12,000", 0, false},
		{"1,0.0", 0, false},
		{",0", 0, false},
		{"1 2", 0, false},
		{" 12", 0, false},
		{"1e3", 0, false},
		{"--1", 0, false},
		{"１", 0, false},
	}
	for _, test := range tests {
		got, ok := Long([]byte(test.text))
		if ok != test.ok || ok && got != test.want {
			t.Errorf("%q: %d, %v; want %d, %v", test.text, got, ok, test.want, test.ok)
		}
	}
}

func TestParseDouble(t *testing.T) {
	tests := []struct {
		text string
		want float64
		ok   bool
	}{
		{"0", 0, true},
		{"1.5", 1.5, true},
		{"1,5", 1.5, true},
		{"-2", -2, true},
		{"+.25", .25, true},
		{"3.", 3, true},
		{"0.1", 0.1, true},
		{"123456.789", 123456.789, true},
		{"0.000000000000001", 1e-15, true},
		{"123456789012345", 123456789012345, true},
		{"9007199254740993", 9007199254740992, true},
		{"0.30000000000000004", 0.30000000000000004, true},
		{"1e3", 1000, true},
		{"1,5E-3", 0.0015, true},
		{"1e-999", 0, true},
		{strings.Repeat("0", 63) + "1", 1, true},
		{"1e999", 0, false},
		{strings.Repeat("0", 64) + "1", 0, false},
		{"", 0, false},
		{"-", 0, false},
		{".", 0, false},
		{"-,", 0, false},
		{"1.2.3", 0, false},
		{"1,234.5", 0, false},
		// A comma that may stand between thousands.
		{"1,234", 0, false},
		{"12,345", 0, false},
		{"-123,456", 0, false},
		{"+1,000", 0, false},
		{"0,5", 0.5, true},
		{"0,123", 0.123, true},
		{"-0,123", -0.123, true},
		{"1234,567", 1234.567, true},
		{"1,23", 1.23, true},
		{"1,2345", 1.2345, true},
		{"12,34e1", 123.4, true},
		{",234", 0.234, true},
		{"1,234,567", 0, false},
		{"1 000", 0, false},
		{"NaN", 0, false},
		{"Inf", 0, false},
		{"-infinity", 0, false},
		{"0x1p3", 0, false},
		{"1_0", 0, false},
		{"1e", 0, false},
		{"1e+", 0, false},
		{"1e5.", 0, false},
		{"e5", 0, false},
		{"1.5x", 0, false},
		{" 1", 0, false},
	}
	for _, test := range tests {
		got, ok := Double([]byte(test.text))
		if ok != test.ok || ok && got != test.want {
			t.Errorf("%q: %v, %v; want %v, %v", test.text, got, ok, test.want, test.ok)
		}
	}
	if got, _ := Double([]byte("-0")); !math.Signbit(got) {
		t.Error("-0 lost its sign")
	}
}
