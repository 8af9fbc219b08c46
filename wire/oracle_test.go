package wire

// The oracle: what the records of a CSV are, written for being obviously
// right, with the standard library and the generated types.

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	sdk "intercom-connector/proto"
)

var (
	longForm   = regexp.MustCompile(`^[+-]?[0-9]+(\.0+)?$`)
	doubleForm = regexp.MustCompile(`^[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?$`)
	timeForm   = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$`)
	epochForm  = regexp.MustCompile(`^([0-9]{10}|[0-9]{13})$`)
)

// oracleRows reads a CSV the way encoding/csv does.
func oracleRows(input []byte) ([][]string, error) {
	r := csv.NewReader(bytes.NewReader(input))
	r.FieldsPerRecord = -1
	return r.ReadAll()
}

func oracleText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}

// instantsSeen keeps what oracleInstants found: it is slow.
var instantsSeen sync.Map

// oracleInstants gives every instant at which a zone's clocks show a time, by
// trying each offset that it has within a day or so.
func oracleInstants(local time.Time, zone *time.Location) []time.Time {
	key := fmt.Sprint(local, zone)
	if known, ok := instantsSeen.Load(key); ok {
		return known.([]time.Time)
	}
	seen := map[int]bool{}
	var instants []time.Time
	for shift := -28 * time.Hour; shift <= 28*time.Hour; shift += time.Hour {
		_, offset := local.Add(shift).In(zone).Zone()
		if seen[offset] {
			continue
		}
		seen[offset] = true
		t := local.Add(-time.Duration(offset) * time.Second)
		if _, is := t.In(zone).Zone(); is == offset {
			instants = append(instants, t)
		}
	}
	instantsSeen.Store(key, instants)
	return instants
}

// oracleTime is the instant of a text; pick chooses among several.
func oracleTime(text string, zone *time.Location, w *Window) (time.Time, bool) {
	if epochForm.MatchString(text) {
		n, _ := strconv.ParseInt(text, 10, 64)
		if len(text) == 13 {
			return time.UnixMilli(n).UTC(), true
		}
		return time.Unix(n, 0).UTC(), true
	}
	parts := timeForm.FindStringSubmatch(text)
	if parts == nil {
		return time.Time{}, false
	}
	zoneless := parts[1] + " " + parts[2] + parts[3]
	local, err := time.Parse("2006-01-02 15:04:05", zoneless)
	if err != nil {
		return time.Time{}, false
	}
	t := local
	if parts[4] != "" {
		if t, err = time.Parse(time.RFC3339Nano, parts[1]+"T"+parts[2]+parts[3]+parts[4]); err != nil {
			return time.Time{}, false
		}
	} else {
		instants := oracleInstants(local, zone)
		if len(instants) == 0 {
			t, _ = time.ParseInLocation("2006-01-02 15:04:05", zoneless, zone)
		} else {
			t = instants[0]
			for _, i := range instants {
				if i.Before(t) {
					t = i
				}
			}
			if w != nil && !inside(t, *w) {
				for _, i := range instants {
					if inside(i, *w) {
						t = i
						break
					}
				}
			}
		}
	}
	t = t.UTC()
	return t, t.Year() >= 1 && t.Year() <= 9999
}

// inside reports whether a window holds a time, by whole seconds.
func inside(t time.Time, w Window) bool {
	return w.Start.Unix() <= t.Unix() && t.Unix() <= w.End.Unix()
}

// oracleValue is what a text becomes, or nil if it is no value; unfit says
// that there was something.
func oracleValue(kind Kind, text string, zone *time.Location, w *Window) (value *sdk.ValueType, unfit bool) {
	if text == "" {
		return nil, false
	}
	if kind == String {
		return &sdk.ValueType{Inner: &sdk.ValueType_String_{String_: text}}, false
	}
	if text == "-" || text == "—" {
		return nil, false
	}
	switch kind {
	case Long:
		if longForm.MatchString(text) {
			whole, _, _ := strings.Cut(text, ".")
			if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
				return &sdk.ValueType{Inner: &sdk.ValueType_Long{Long: n}}, false
			}
		}
	case Double:
		if len(text) <= 64 && doubleForm.MatchString(text) {
			if x, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64); err == nil {
				return &sdk.ValueType{Inner: &sdk.ValueType_Double{Double: x}}, false
			}
		}
	case UTCDatetime:
		if t, ok := oracleTime(text, zone, w); ok {
			return &sdk.ValueType{Inner: &sdk.ValueType_UtcDatetime{UtcDatetime: timestamppb.New(t)}}, false
		}
	}
	return nil, true
}

// oracleZero is what a key sends for no value.
func oracleZero(kind Kind) *sdk.ValueType {
	switch kind {
	case Long:
		return &sdk.ValueType{Inner: &sdk.ValueType_Long{}}
	case Double:
		return &sdk.ValueType{Inner: &sdk.ValueType_Double{}}
	case UTCDatetime:
		return &sdk.ValueType{Inner: &sdk.ValueType_UtcDatetime{UtcDatetime: &timestamppb.Timestamp{}}}
	}
	return &sdk.ValueType{Inner: &sdk.ValueType_String_{}}
}

var oracleNull = &sdk.ValueType{Inner: &sdk.ValueType_Null{Null: true}}

var errOracle = errors.New("the oracle refuses")

// oracle gives the records of a CSV and their stats, or errOracle where a row
// or the header cannot be taken; then records holds the rows before.
func oracle(t Table, input []byte, w Window) (records []*sdk.Record, stats Stats, err error) {
	stats.Unparsed = make([]int64, len(t.Columns))
	stats.Bytes = int64(len(input))
	rows, err := oracleRows(input)
	if err != nil || len(rows) == 0 {
		return nil, stats, err
	}
	if len(rows[0]) != len(t.Header) {
		return nil, stats, errOracle
	}
	for i, f := range t.Header {
		if got := oracleText(rows[0][i]); got != f.ID && (got != f.QualifiedID || got == "") {
			return nil, stats, errOracle
		}
	}
	stats.Repaired, stats.NULs = 0, 0
	seen := map[string]int64{}
	var times []time.Time
	for _, row := range rows[1:] {
		record, key, err := oracleRecord(t, row, w, &stats, &times)
		if err != nil {
			return records, stats, err
		}
		if t.Occurrence {
			record.Data[OccurrenceColumn] = &sdk.ValueType{Inner: &sdk.ValueType_Long{Long: seen[key]}}
			seen[key]++
		}
		records = append(records, record)
		stats.Rows++
	}
	if len(times) > 0 {
		stats.FirstTime = slices.MinFunc(times, time.Time.Compare)
		stats.LastTime = slices.MaxFunc(times, time.Time.Compare)
	}
	return records, stats, nil
}

func oracleRecord(t Table, row []string, w Window, stats *Stats, times *[]time.Time) (record *sdk.Record, key string, err error) {
	if len(row) != len(t.Header) {
		return nil, "", errOracle
	}
	zone := t.Zone
	if zone == nil {
		zone = time.UTC
	}
	record = &sdk.Record{TableName: t.Name, Data: map[string]*sdk.ValueType{}}
	var unparsed []string
	for i, c := range t.Columns {
		if c.Field == Absent {
			record.Data[c.Name] = oracleNull
			continue
		}
		text := row[c.Field]
		if repaired := strings.ToValidUTF8(text, "\uFFFD"); repaired != text {
			stats.Repaired++
		}
		if strings.Contains(text, "\x00") {
			stats.NULs++
		}
		text = oracleText(text)
		var window *Window
		if c.Field == t.TimeField {
			window = &w
		}
		value, unfit := oracleValue(c.Kind, text, zone, window)
		switch {
		case value != nil && c.Kind == UTCDatetime && window != nil:
			at := value.GetUtcDatetime().AsTime().Truncate(time.Second)
			*times = append(*times, at)
			if at.Before(w.Start.Add(-time.Second)) || at.After(w.End.Add(time.Second)) {
				stats.Outside++
			}
		case value == nil && c.Key && t.RowID:
			return nil, "", errOracle
		}
		if unfit {
			name, _ := json.Marshal(c.Name)
			quoted, _ := json.Marshal(text)
			unparsed = append(unparsed, fmt.Sprintf("%06d", c.Field)+string(name)+":"+string(quoted))
		}
		if unfit || value == nil && c.Key && c.Kind != String {
			stats.Unparsed[i]++
		}
		switch {
		case value != nil:
		case c.Key:
			value = oracleZero(c.Kind)
		default:
			value = oracleNull
		}
		record.Data[c.Name] = value
		if c.Key {
			encoded, _ := proto.MarshalOptions{Deterministic: true}.Marshal(value)
			key += fmt.Sprintf("%d:%s", len(encoded), encoded)
		}
	}
	record.Data[UnparsedColumn] = oracleNull
	if unparsed != nil {
		slices.Sort(unparsed) // by field
		for i := range unparsed {
			unparsed[i] = unparsed[i][6:]
		}
		text := "{" + strings.Join(unparsed, ",") + "}"
		record.Data[UnparsedColumn] = &sdk.ValueType{Inner: &sdk.ValueType_Json{Json: text}}
	}
	return record, key, nil
}

// cuts is a source that gives its data in blocks of the given lengths, over
// and over, and spoils each block when the next is asked for.
type cuts struct {
	data    []byte
	lengths []int
	n       int
	block   []byte
}

func (c *cuts) Next() ([]byte, error) {
	for i := range c.block {
		c.block[i] = '#'
	}
	if len(c.data) == 0 {
		return nil, io.EOF
	}
	length := len(c.data)
	if len(c.lengths) > 0 {
		length = min(length, max(1, c.lengths[c.n%len(c.lengths)]))
		c.n++
	}
	c.block = append([]byte(nil), c.data[:length]...)
	c.data = c.data[length:]
	return c.block, nil
}

// decode unmarshals a batch and holds it against what Fivetran demands.
func decode(tb testing.TB, b *Batch) []*sdk.Record {
	tb.Helper()
	var response sdk.UpdateResponse
	if err := proto.Unmarshal(b.Bytes(), &response); err != nil {
		tb.Fatalf("batch does not unmarshal: %v", err)
	}
	if len(response.ProtoReflect().GetUnknown()) > 0 {
		tb.Fatal("batch has unknown fields")
	}
	if size := proto.Size(&response); size != len(b.Bytes()) {
		tb.Fatalf("batch is %d bytes, the generated types need %d", len(b.Bytes()), size)
	}
	records := response.GetRecords().GetRecords()
	if len(records) != b.Records() || len(records) == 0 || len(records) > 100 {
		tb.Fatalf("batch of %d records says %d", len(records), b.Records())
	}
	if len(records) > 1 && len(b.Bytes()) > 100_010 {
		tb.Fatalf("batch of %d records and %d bytes", len(records), len(b.Bytes()))
	}
	return records
}

// encodeAll runs an encoder over a source.
func encodeAll(tb testing.TB, e *Encoder, csv Source, w Window) ([]*sdk.Record, Stats, error) {
	tb.Helper()
	var records []*sdk.Record
	batches := int64(0)
	stats, err := e.Encode(tb.Context(), csv, w, func(b *Batch) error {
		records = append(records, decode(tb, b)...)
		batches++
		b.Free()
		return nil
	})
	if stats.Batches != batches {
		tb.Fatalf("stats say %d batches, there were %d", stats.Batches, batches)
	}
	return records, stats, err
}

// sameAsOracle encodes a CSV and compares all of it with the oracle's.
func sameAsOracle(tb testing.TB, e *Encoder, t Table, input []byte, w Window, lengths ...int) {
	tb.Helper()
	want, wantStats, wantErr := oracle(t, input, w)
	got, stats, err := encodeAll(tb, e, &cuts{data: input, lengths: lengths}, w)
	if (err != nil) != (wantErr != nil) {
		tb.Fatalf("error %v, the oracle's %v\n%.300q", err, wantErr, input)
	}
	if err != nil {
		want = want[:min(len(got), len(want))] // what was sent before is right
	} else {
		wantStats.Batches, wantStats.OutsideOffset = stats.Batches, stats.OutsideOffset
		if diff := cmp.Diff(wantStats, stats); diff != "" {
			tb.Fatalf("stats (-oracle +encoder):\n%.2000s\n%.300q", diff, input)
		}
	}
	if len(want) != len(got) {
		tb.Fatalf("%d records, the oracle has %d\n%.300q", len(got), len(want), input)
	}
	for i := range got {
		if !bytes.Equal(canonical(tb, want[i]), canonical(tb, got[i])) {
			tb.Fatalf("row %d (-oracle +encoder):\n%.2000s\n%.300q", i+1, cmp.Diff(want[i], got[i], protocmp.Transform()), input)
		}
	}
}

// canonical gives equal bytes for records that say the same. Of JSON, how
// strings are escaped says nothing.
func canonical(tb testing.TB, r *sdk.Record) []byte {
	tb.Helper()
	if text := r.Data[UnparsedColumn].GetJson(); text != "" {
		var tokens []string
		for d := json.NewDecoder(strings.NewReader(text)); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				tb.Fatalf("%v in %q", err, text)
			}
			tokens = append(tokens, fmt.Sprintf("%T %q", token, fmt.Sprint(token)))
		}
		r.Data[UnparsedColumn] = &sdk.ValueType{Inner: &sdk.ValueType_Json{Json: strings.Join(tokens, "\n")}}
	}
	out, err := proto.MarshalOptions{Deterministic: true}.Marshal(r)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}
