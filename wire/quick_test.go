package wire

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestQuickLengths: texts and numbers around the lengths that are read quickly,
// in the middle of a row and at its end, come out as they do in quotes, where
// they are read in the general way.
func TestQuickLengths(t *testing.T) {
	values := []string{"0", "-", "+1", "-1", "1.", ".1", "1..2", "1.2.3", "1e3", "12a", "1,5", "\x00", "\x7f", "\t", " ", "é"}
	for length := range lookahead + 10 {
		text := strings.Repeat("0123456789 abcdef", 5)[:length]
		values = append(values, text, text+"é", text+"\x00", text+"\xff", text+"\r", text+"\"", "é"+text)
	}
	for whole := range 20 {
		for fraction := range 12 {
			values = append(values, "123456789012345678901"[:whole]+"."+"987654321012"[:fraction])
		}
		values = append(values, "987654321098765432101"[:whole], "-"+"123456789012345678901"[:whole], "00"+"123456789012345678901"[:whole])
	}
	for _, date := range []string{"2025-01-02", "2025-03-09", "1969-12-31", "1977-01-01", "3059-01-01", "2025-02-30", "2025/01/02"} {
		for _, clock := range []string{" 03:04:05", "T03:04:05", " 02:30:00", " 24:00:00", " 3:04:05", " 03:04:05.5", " 03:04:05Z", ""} {
			values = append(values, date+clock)
		}
	}
	for kind := String; kind <= UTCDatetime; kind++ {
		for _, test := range []struct {
			last bool // the column is the row's last
			name int  // how long its name is
		}{{false, 1}, {true, 1}, {false, 53}, {true, 54}, {false, 55}, {true, 56}, {false, 57}} {
			name := strings.Repeat("n", test.name)
			table := Table{Name: "t", TimeField: -1, Zone: location(t, "America/New_York")}
			var bare, quoted strings.Builder
			ids, at := []string{"id", name, "other"}, 1
			if test.last {
				ids, at = []string{"id", "other", name}, 2
			}
			for i, id := range ids {
				table.Header = append(table.Header, Field{ID: id})
				table.Columns = append(table.Columns, Column{Name: id, Field: i, Key: i == 0})
			}
			table.Columns[at].Kind = kind
			bare.WriteString(strings.Join(ids, ",") + "\n")
			quoted.WriteString(strings.Join(ids, ",") + "\n")
			for n, v := range values {
				unquoted := v
				if strings.ContainsAny(v, ",\n\r") || strings.HasPrefix(v, `"`) {
					unquoted = quote(v)
				}
				format := "%d,%s,\"after\"\n"
				if test.last {
					format = "%d,\"before\",%s\n"
				}
				fmt.Fprintf(&bare, format, n, unquoted)
				fmt.Fprintf(&quoted, format, n, quote(v))
			}
			e := mustEncoder(t, table)
			want, got := outputOf(t, e, quoted.String()), outputOf(t, e, bare.String())
			got.Stats.Bytes = want.Stats.Bytes
			if diff := cmp.Diff(want, got); diff != "" || want.Stats.Rows != int64(len(values)) {
				t.Fatalf("kind %d, %+v, %d rows, %s (-in quotes +not):\n%.2000s", kind, test, want.Stats.Rows, want.Err, diff)
			}
		}
	}
}

// TestRaggedRowsOfEveryKind: a row with a field too many or too few is refused,
// whatever its last column takes.
func TestRaggedRowsOfEveryKind(t *testing.T) {
	more := strings.Repeat("1,2\n", 50)
	for kind := String; kind <= UTCDatetime; kind++ {
		table := Table{
			Name: "t", TimeField: -1, Header: []Field{{ID: "id"}, {ID: "a"}},
			Columns: []Column{{Name: "id", Field: 0, Key: true}, {Name: "a", Kind: kind, Field: 1}},
		}
		for row, want := range map[string]string{
			"1,2,3":                      "t: row 51: 3 fields and not 2 as in the header",
			"1,,3":                       "t: row 51: 3 fields and not 2 as in the header",
			"1,2,":                       "t: row 51: 3 fields and not 2 as in the header",
			"1,é,3":                      "t: row 51: 3 fields and not 2 as in the header",
			"1,a longer text, of a kind": "t: row 51: 3 fields and not 2 as in the header",
			"1,2025-01-02 03:04:05,":     "t: row 51: 3 fields and not 2 as in the header",
			"1":                          "t: row 51: 1 field and not 2 as in the header",
		} {
			got := outputOf(t, mustEncoder(t, table), "id,a\n"+more+row+"\n"+more)
			if got.Err != want || got.Stats.Rows != 50 {
				t.Errorf("kind %d, %q: %q after %d rows, want %q", kind, row, got.Err, got.Stats.Rows, want)
			}
		}
	}
}
