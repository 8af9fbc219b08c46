package csv

import (
	"bytes"
	stdcsv "encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
)

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

// scanAll gives the fields of every row, through blocks of the given lengths.
// Blank lines are left out, as encoding/csv leaves them out.
func scanAll(input []byte, lengths ...int) ([][]string, error) {
	r := Reader{headed: true, fields: make([]int, 2)} // so that blank lines are none
	source := &cuts{data: input, lengths: lengths}
	var all [][]string
	for final := false; !final; {
		block, err := source.Next()
		final = err != nil
		r.blocks.Add(block)
		for {
			data, last := r.blocks.Ahead(final)
			if len(data) == 0 {
				break
			}
			if length := r.blankLine(data, last); length > 0 {
				r.blocks.Pass(length)
				continue
			}
			var fields []string
			length, _, err := r.eachField(data, last, func(_ int, f field) {
				raw := f.text
				if f.marks&doubled != 0 {
					raw = appendUndoubled(nil, raw)
				}
				fields = append(fields, string(raw))
			})
			if err != nil {
				return all, err
			}
			if length == 0 {
				r.blocks.Cut()
				continue
			}
			all = append(all, fields[:min(len(fields), 64)])
			r.blocks.Pass(length)
		}
	}
	return all, nil
}

func TestScan(t *testing.T) {
	tests := []struct {
		name, input string
		want        [][]string
		err         error
	}{
		{"nothing", "", nil, nil},
		{"one row", "a,b\n", [][]string{{"a", "b"}}, nil},
		{"no newline at the end", "a,b\nc,d", [][]string{{"a", "b"}, {"c", "d"}}, nil},
		{"CRLF", "a,b\r\nc,d\r\n", [][]string{{"a", "b"}, {"c", "d"}}, nil},
		{"CR at the end", "a,b\r", [][]string{{"a", "b"}}, nil},
		{"CR in a field", "a\rb,\r,c\r\r\n", [][]string{{"a\rb", "\r", "c\r"}}, nil},
		{"empty fields", ",,\n,,", [][]string{{"", "", ""}, {"", "", ""}}, nil},
		{"blank lines", "\n\na\n\r\nb\n\n", [][]string{{"a"}, {"b"}}, nil},
		{"quotes", `"a","b ""c"", d",""` + "\n", [][]string{{"a", `b "c", d`, ""}}, nil},
		{"newlines in quotes", "\"a\nb\r\nc\",d\r\n", [][]string{{"a\nb\r\nc", "d"}}, nil},
		{"quotes at the end", "a,\"b\"", [][]string{{"a", "b"}}, nil},
		{"quotes and CR at the end", "a,\"b\"\r", [][]string{{"a", "b"}}, nil},
		{"only quotes", "\"\"\n\"\"\"\"", [][]string{{""}, {`"`}}, nil},
		{"a quote inside a field", `a"b,c" ,"d"` + "\n", [][]string{{`a"b`, `c" `, "d"}}, nil},
		{"bytes one apart", "5,-3,+,\v\n", [][]string{{"5", "-3", "+", "\v"}}, nil},
		{"long fields", "0123456789abcdef,0123456,01234567,012345678\n", [][]string{{"0123456789abcdef", "0123456", "01234567", "012345678"}}, nil},
		{"text after quotes", `"a"b,c` + "\n", nil, errAfterQuote},
		{"space after quotes", `a,"b" ,c` + "\n", nil, errAfterQuote},
		{"CR after quotes", "\"a\"\rb\n", nil, errAfterQuote},
		{"no closing quote", "a,b\nc,\"d\n", [][]string{{"a", "b"}}, errUnterminated},
		{"an opening quote", `"`, nil, errUnterminated},
		{"a doubled quote at the end", `"a""`, nil, errUnterminated},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, lengths := range [][]int{nil, {1}, {2, 3}, {8}} {
				got, err := scanAll([]byte(test.input), lengths...)
				if !errors.Is(err, test.err) || !reflect.DeepEqual(got, test.want) {
					t.Errorf("blocks of %v: %q, %v; want %q, %v", lengths, got, err, test.want, test.err)
				}
			}
		})
	}
}

// tricky is a CSV with everything at which a cut could go wrong.
const tricky = "id,\"na\"\"me\",note\r\n" +
	"1,Zoë,\"a, \"\"b\"\"\r\nc\"\r\n" +
	",,\n\r\n" +
	"\"\",\"\"\"\",x\"y\r\n" +
	"12345678901,\"\",2025-01-02 03:04:05\n" +
	"\x00\xff,\"\xff\x00\",\"\r\n\"\r\n" +
	"a\rb,\"c\",\"last\"\r"

func TestScanEveryCut(t *testing.T) {
	want, err := scanAll([]byte(tricky))
	if err != nil || len(want) != 7 {
		t.Fatalf("%q, %v", want, err)
	}
	for first := 1; first < len(tricky); first++ {
		for second := 1; second < len(tricky)-first; second++ {
			got, err := scanAll([]byte(tricky), first, second, len(tricky))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("cut at %d and %d: %q, %v; want %q", first, first+second, got, err, want)
			}
		}
	}
}

// normal makes our rows comparable: encoding/csv makes CRLF LF inside quotes.
func normal(rows [][]string) string {
	for _, row := range rows {
		for i := range row {
			row[i] = strings.ReplaceAll(row[i], "\r\n", "\n")
		}
	}
	return fmt.Sprintf("%q", rows)
}

func FuzzScan(f *testing.F) {
	f.Add([]byte(tricky), uint8(3), uint8(8))
	f.Add([]byte("a,b\n1,\"2\"\n"), uint8(1), uint8(1))
	f.Add([]byte("a,\"b\nc"), uint8(2), uint8(200))
	f.Add([]byte("0,\"a\r\r\n\""), uint8(1), uint8(7))
	f.Fuzz(func(t *testing.T, input []byte, first, second uint8) {
		got, err := scanAll(input)
		cut, cutErr := scanAll(input, int(first), int(second))
		if !reflect.DeepEqual(got, cut) || !errors.Is(cutErr, err) {
			t.Fatalf("whole: %q, %v; in blocks: %q, %v", got, err, cut, cutErr)
		}
		strictReader := stdcsv.NewReader(bytes.NewReader(input))
		strictReader.FieldsPerRecord = -1
		strict, strictErr := strictReader.ReadAll()
		if strictErr == nil && err != nil {
			t.Fatalf("%v, but encoding/csv reads %q", err, strict)
		}
		if err != nil {
			return
		}
		// Quotes inside fields are all in which we are more lenient.
		r := stdcsv.NewReader(bytes.NewReader(input))
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		lazy, lazyErr := r.ReadAll()
		for i := range lazy {
			lazy[i] = lazy[i][:min(len(lazy[i]), 64)]
		}
		if lazyErr != nil || normal(got) != fmt.Sprintf("%q", lazy) {
			t.Fatalf("%q; encoding/csv reads %q, %v", got, lazy, lazyErr)
		}
	})
}

func BenchmarkScan(b *testing.B) {
	input := []byte(strings.Repeat("215400000000001,2025-01-02 03:04:05,12.5,,Support,\"a, b\",Zoë,true\n", 10_000))
	b.SetBytes(int64(len(input)))
	for b.Loop() {
		for rest := input; len(rest) > 0; {
			f, _, err := scan(rest, true)
			if err != nil {
				b.Fatal(err)
			}
			rest = rest[f.next:]
		}
	}
}
