package protocol

import (
	"encoding/json"
	"regexp"
	"unicode/utf8"
)

// The instants that a Timestamp may hold: the years 1 to 9999.
const (
	minSeconds = -62135596800
	maxSeconds = 253402300799
)

var decimalForm = regexp.MustCompile(`^[+-]?(\d+(\.\d*)?|\.\d+)$`)

// Check holds a value against what its kind promises.
func (v *Value) Check() *RuleError {
	switch v.Kind {
	case KindString, KindXML:
		if !utf8.Valid(v.Bytes) {
			return Broken(RuleUTF8, "the text is not valid UTF-8")
		}
	case KindJSON:
		if !utf8.Valid(v.Bytes) {
			return Broken(RuleUTF8, "the JSON is not valid UTF-8")
		}
		if !json.Valid(v.Bytes) {
			return Broken(RuleValue, "a json value is not JSON (for nothing, send null)")
		}
	case KindDecimal:
		if !decimalForm.Match(v.Bytes) {
			return Broken(RuleValue, "a decimal value is not a decimal number")
		}
	case KindNaiveDate, KindNaiveDatetime, KindUTCDatetime:
		if v.Int < minSeconds || v.Int > maxSeconds || v.Nanos < 0 || v.Nanos > 999_999_999 {
			return Broken(RuleValue, "a time lies outside the years 1 to 9999")
		}
		if v.Kind == KindNaiveDate && (v.Int%86400 != 0 || v.Nanos != 0) {
			return Broken(RuleValue, "a naive_date is not at 00:00:00 UTC")
		}
	case KindNull:
		if v.Int != 1 {
			return Broken(RuleValue, "null is set to false: leave it out or set it to true")
		}
	case NoKind:
		return Broken(RuleValueKind, "the value has no kind set: nothing is null=true")
	case KindNaiveTime:
		return Broken(RuleValueKind, "naive_time is not for sources")
	}
	return nil
}
