package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

var errStopped = errors.New("nobody wants the rest")

// readBack gives back the keys of what earlier runs have written of tables that
// are half read: see membership.Config.
func readBack(l *lake.Lake, half []lake.Publication) func(context.Context, string) iter.Seq2[[]string, error] {
	return func(ctx context.Context, table string) iter.Seq2[[]string, error] {
		i := slices.IndexFunc(half, func(p lake.Publication) bool { return p.Table == table || p.Table == lake.IDsOf(table) })
		return func(yield func([]string, error) bool) {
			if i < 0 {
				return
			}
			err := keys(ctx, l, half[i].Parts, keyColumns(table), func(key []string) bool { return yield(key, nil) })
			if err != nil && !errors.Is(err, errStopped) {
				yield(nil, fmt.Errorf("reading back what an earlier run has read: %w", err))
			}
		}
	}
}

// keys reads the keys of some parts' rows.
func keys(ctx context.Context, l *lake.Lake, parts []part.File, columns []tables.Column, yield func(key []string) bool) error {
	key := make([]string, len(columns))
	for _, part := range parts {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		err := l.Scan(ctx, part, func(line []byte) error {
			if err := leadingTexts(line, columns, key); err != nil {
				return fmt.Errorf("%s: %w", part.Key, err)
			}
			if !yield(key) {
				return errStopped
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keyColumns are a table's, which come first.
func keyColumns(table string) (keys []tables.Column) {
	for _, t := range tables.All() {
		for _, c := range t.Columns {
			if t.Name == table && c.Key {
				keys = append(keys, c)
			}
		}
	}
	return keys
}

// leadingTexts reads the first values of a row of the lake. To
// take the whole row apart would take many times as long.
func leadingTexts(line []byte, columns []tables.Column, values []string) error {
	rest := line
	for i, c := range columns {
		value, found := bytes.CutPrefix(rest[min(1, len(rest)):], []byte(`"`+c.Name+`"`))
		value, colon := bytes.CutPrefix(value, []byte(":"))
		end := endOfText(value)
		if !found || !colon || end == 0 {
			return fmt.Errorf("a row does not begin with its key, the text %s", c.Name)
		}
		if err := json.Unmarshal(value[:end], &values[i]); err != nil {
			return err
		}
		rest = value[end:]
	}
	return nil
}

// endOfText is where a JSON text that begins at the first byte ends; 0 where
// none begins or it does not end.
func endOfText(b []byte) int {
	if len(b) == 0 || b[0] != '"' {
		return 0
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}
