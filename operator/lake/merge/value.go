package merge

import (
	"bytes"
	"fmt"
)

// Value is that of a column in a row of the lake, as it is written: a text with its
// quotes. A null, which is left out, is nil.
func Value(line []byte, column string) ([]byte, error) {
	// No text holds a quote that is not escaped, so that the name between quotes and
	// before a colon is the column and nothing else.
	at := 0
	for {
		i := bytes.Index(line[at:], []byte(column))
		if i < 0 {
			return nil, nil
		}
		from, to := at+i, at+i+len(column)
		at = to
		if from >= 2 && line[from-1] == '"' && (line[from-2] == '{' || line[from-2] == ',') && bytes.HasPrefix(line[to:], []byte(`":`)) {
			return valueAt(line[to+2:])
		}
	}
}

// valueAt is the text, the number or the word that a line goes on with.
func valueAt(rest []byte) ([]byte, error) {
	if len(rest) > 0 && rest[0] == '"' {
		for i := 1; i < len(rest); i++ {
			switch rest[i] {
			case '\\':
				i++
			case '"':
				return rest[:i+1], nil
			}
		}
		return nil, fmt.Errorf("a text does not end")
	}
	end := bytes.IndexAny(rest, ",}")
	if end <= 0 {
		return nil, fmt.Errorf("a value does not end")
	}
	return rest[:end], nil
}

// KeyOf appends the values of some columns, in their order, each with its end.
func KeyOf(columns []string) func(key, line []byte) ([]byte, error) {
	return func(key, line []byte) ([]byte, error) {
		for _, column := range columns {
			value, err := Value(line, column)
			if err != nil {
				return key, fmt.Errorf("column %s: %w", column, err)
			}
			key = append(append(key, value...), '\n')
		}
		return key, nil
	}
}
