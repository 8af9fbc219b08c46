package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

// columnsOf are those that a table may have: of its last day, else those of a
// snapshot.
func columnsOf(table string, published []lake.Publication) (columns []part.Column) {
	for _, p := range published {
		if p.Table == table {
			columns = p.Columns
		}
	}
	for _, t := range tables.All() {
		if columns != nil || t.Name != table {
			continue
		}
		for _, c := range t.Columns {
			columns = append(columns, part.Column{Name: c.Name, Kind: c.Kind})
		}
	}
	return columns
}

// columnsIn are those that the rows of some parts have, in the order in which they are
// met, each of the kind that all of its values fit.
func columnsIn(ctx context.Context, l *lake.Lake, parts []part.File) (columns []part.Column, err error) {
	at := map[string]int{}
	for _, file := range parts {
		err := l.Scan(ctx, file, func(line []byte) error {
			row := json.NewDecoder(bytes.NewReader(line))
			row.UseNumber()
			if _, err := row.Token(); err != nil {
				return &part.Damage{Key: file.Key, What: err.Error()}
			}
			for row.More() {
				name, err := row.Token()
				var value any
				if err == nil {
					err = row.Decode(&value)
				}
				if err != nil {
					return &part.Damage{Key: file.Key, What: err.Error()}
				}
				column, kind := name.(string), kindOf(value)
				i, known := at[column]
				if !known {
					at[column] = len(columns)
					columns = append(columns, part.Column{Name: column, Kind: kind})
				} else if columns[i].Kind != kind {
					columns[i].Kind = wider(columns[i].Kind, kind)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return columns, nil
}

// kindOf is the kind of a value as a row has it. JSON is text there.
func kindOf(value any) tables.Kind {
	switch v := value.(type) {
	case bool:
		return tables.Boolean
	case json.Number:
		if _, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return tables.Long
		}
		return tables.Double
	case string:
		if _, err := time.Parse(part.TimestampForm, v); err == nil {
			return tables.Timestamp
		}
	}
	return tables.String
}

// wider is the kind that holds values of two others.
func wider(a, b tables.Kind) tables.Kind {
	if a == tables.Long && b == tables.Double || a == tables.Double && b == tables.Long {
		return tables.Double
	}
	return tables.String
}
