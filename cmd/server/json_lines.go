package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"intercom-connector/connector/export/ndjson"
	sdk "intercom-connector/proto"
)

// The layouts that Python's datetime.fromisoformat reads in every version.
const (
	utcLayout   = "2006-01-02T15:04:05.000000+00:00"
	naiveLayout = "2006-01-02T15:04:05.000000"
)

// rowLines writes rows as lines of JSON, the rows of one table that follow each
// other in one line: {"upsert": "tickets", "times": [columns], "rows": [{...}]}.
// The columns that hold times are named, so that who reads the line need not
// know the schema. An upsert comes without what is null in it: to the SDK's
// operation a column that is missing is null.
type rowLines struct {
	rows  []byte
	times []string
	names []string // of one row's columns
}

func (l *rowLines) write(out io.Writer, records []*sdk.Record) error {
	for len(records) > 0 {
		n := 1
		for n < len(records) && records[n].GetTableName() == records[0].GetTableName() && records[n].GetType() == records[0].GetType() {
			n++
		}
		if err := l.writeLine(out, records[:n]); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

func (l *rowLines) writeLine(out io.Writer, records []*sdk.Record) error {
	l.rows, l.times = l.rows[:0], l.times[:0]
	for i, record := range records {
		if i > 0 {
			l.rows = append(l.rows, ',')
		}
		if err := l.row(record); err != nil {
			return fmt.Errorf("table %s: %w", record.GetTableName(), err)
		}
	}
	times, err := json.Marshal(append([]string{}, l.times...))
	if err != nil {
		return err
	}
	kind := strings.ToLower(records[0].GetType().String())
	_, err = fmt.Fprintf(out, "{%q:%s,\"times\":%s,\"rows\":[%s]}\n", kind, ndjson.AppendString(nil, records[0].GetTableName()), times, l.rows)
	return err
}

func (l *rowLines) row(record *sdk.Record) error {
	l.names = l.names[:0]
	for name, value := range record.GetData() {
		if value.GetNull() && record.GetType() == sdk.RecordType_UPSERT {
			continue
		}
		l.names = append(l.names, name)
	}
	slices.Sort(l.names)
	l.rows = append(l.rows, '{')
	for i, name := range l.names {
		if i > 0 {
			l.rows = append(l.rows, ',')
		}
		l.rows = append(ndjson.AppendString(l.rows, name), ':')
		if err := l.value(name, record.GetData()[name]); err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
	}
	l.rows = append(l.rows, '}')
	return nil
}

func (l *rowLines) value(name string, value *sdk.ValueType) error {
	switch v := value.GetInner().(type) {
	case *sdk.ValueType_Null:
		l.rows = append(l.rows, "null"...)
	case *sdk.ValueType_String_:
		l.rows = ndjson.AppendString(l.rows, v.String_)
	case *sdk.ValueType_Long:
		l.rows = strconv.AppendInt(l.rows, v.Long, 10)
	case *sdk.ValueType_Int:
		l.rows = strconv.AppendInt(l.rows, int64(v.Int), 10)
	case *sdk.ValueType_Short:
		l.rows = strconv.AppendInt(l.rows, int64(v.Short), 10)
	case *sdk.ValueType_Bool:
		l.rows = strconv.AppendBool(l.rows, v.Bool)
	case *sdk.ValueType_Double:
		l.rows = appendFloat(l.rows, v.Double)
	case *sdk.ValueType_Float:
		l.rows = appendFloat(l.rows, float64(v.Float))
	case *sdk.ValueType_UtcDatetime:
		l.time(name, v.UtcDatetime.AsTime().AppendFormat(append(l.rows, '"'), utcLayout))
	case *sdk.ValueType_NaiveDatetime:
		l.time(name, v.NaiveDatetime.AsTime().AppendFormat(append(l.rows, '"'), naiveLayout))
	case *sdk.ValueType_NaiveDate:
		l.rows = append(v.NaiveDate.AsTime().AppendFormat(append(l.rows, '"'), "2006-01-02"), '"')
	case *sdk.ValueType_Decimal:
		l.rows = ndjson.AppendString(l.rows, v.Decimal)
	case *sdk.ValueType_Xml:
		l.rows = ndjson.AppendString(l.rows, v.Xml)
	case *sdk.ValueType_Json:
		if !json.Valid([]byte(v.Json)) {
			return fmt.Errorf("%d bytes are no JSON", len(v.Json))
		}
		l.rows = append(l.rows, strings.ReplaceAll(v.Json, "\n", " ")...)
	default:
		return fmt.Errorf("%T has no place in a line", v)
	}
	return nil
}

// time takes the row with a time appended, and remembers its column.
func (l *rowLines) time(name string, row []byte) {
	l.rows = append(row, '"')
	if !slices.Contains(l.times, name) {
		l.times = append(l.times, name)
	}
}

// appendFloat writes what JSON has no number for as text, which readers of a
// column of numbers take too.
func appendFloat(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.AppendQuote(b, strconv.FormatFloat(f, 'g', -1, 64))
	}
	return ndjson.AppendDouble(b, f)
}
