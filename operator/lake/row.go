package lake

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// timestampForm is a time as DuckDB, Hive's and OpenX's JSON readers all take
// it, in UTC.
const timestampForm = "2006-01-02 15:04:05"

// appendRow appends a row as a line of JSON. A null is left out: every reader
// takes a missing field for it.
func appendRow(line []byte, columns []Column, values []any) ([]byte, error) {
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
		line = append(appendString(line, columns[i].Name), ':')
		switch v := value.(type) {
		case string:
			line = appendString(line, v)
		case int64:
			line = strconv.AppendInt(line, v, 10)
		case bool:
			line = strconv.AppendBool(line, v)
		case time.Time:
			line = append(v.UTC().AppendFormat(append(line, '"'), timestampForm), '"')
		case float64:
			number, err := json.Marshal(v) // refuses what JSON cannot say
			if err != nil {
				return nil, fmt.Errorf("column %s: %w", columns[i].Name, err)
			}
			line = append(line, number...)
		default:
			return nil, fmt.Errorf("column %s holds a %T", columns[i].Name, value)
		}
	}
	return append(line, '}', '\n'), nil
}

func appendString(line []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string never fails
			return append(line, quoted...)
		}
	}
	line = append(line, '"')
	line = append(line, s...)
	return append(line, '"')
}
