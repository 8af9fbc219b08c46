package part

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"intercom-connector/connector/export/ndjson"
)

// TimestampForm is a time as DuckDB, Hive's and OpenX's JSON readers all take
// it, in UTC.
const TimestampForm = "2006-01-02 15:04:05.999999999"

// AppendRow appends a row as a line of JSON. A null is left out: every reader
// takes a missing field for it.
func AppendRow(line []byte, columns []Column, values []any) ([]byte, error) {
	line = append(line, '{')
	first := true
	for i, value := range values {
		if value == nil {
			continue
		}
		if !first {
			line = append(line, ',')
		}
		first = false
		line = append(ndjson.AppendString(line, columns[i].Name), ':')
		switch v := value.(type) {
		case string:
			line = ndjson.AppendString(line, v)
		case int64:
			line = strconv.AppendInt(line, v, 10)
		case bool:
			line = strconv.AppendBool(line, v)
		case time.Time:
			line = append(v.UTC().AppendFormat(append(line, '"'), TimestampForm), '"')
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("column %s holds a number that JSON cannot say", columns[i].Name)
			}
			line = ndjson.AppendDouble(line, v)
		default:
			return nil, fmt.Errorf("column %s holds a %T", columns[i].Name, value)
		}
	}
	return append(line, '}', '\n'), nil
}
