package csv

import (
	"time"

	"intercom-connector/connector/export/csv/number"
)

// ParseValue reads a text of a kind other than String: an int64, a float64, a
// time.Time, or nil if it does not fit.
func ParseValue(kind Kind, text string, zone *time.Location) any {
	switch kind {
	case Long:
		if v, ok := number.Long([]byte(text)); ok {
			return v
		}
	case Double:
		if v, ok := number.Double([]byte(text)); ok {
			return v
		}
	case UTCDatetime:
		c := calendar{zone: zone}
		if v, ok := c.parse([]byte(text)); ok {
			return time.Unix(v.Second, int64(v.Nano)).UTC()
		}
	}
	return nil
}
