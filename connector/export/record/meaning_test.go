package record

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/csv/csvtest"
	"intercom-connector/connector/export/ids"
)

// meaning is what a fixed CSV became when Meaning was last raised: its version, and
// the sum of the records.
var meaning = struct {
	version int
	sum     string
}{2, "db909f29ccbbb5d21f9c201eed7aee1cb6d0b2f0c8b7f193995321721d2ce7e7"}

// What a connection remembers of rows that it sent is by their lines, so that a
// program that makes other records of the same lines must say so: else it would send
// them only where a line changes.
func TestMeaning(t *testing.T) {
	var gone ids.Set
	gone.Add("gone")
	calls := csvtest.Calls(csvtest.Location(t, "America/New_York"))
	var lines strings.Builder
	quoted := func(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }
	for _, text := range csvtest.Values {
		for column := range calls.Header {
			row := []string{"id", "2025-01-02 03:04:05", "1.5", "2", "note", "2025-01-02 04:05:06"}
			row[column] = quoted(text)
			lines.WriteString(strings.Join(row, ",") + ",rest\n")
		}
	}
	lines.WriteString("gone,2025-01-02 03:04:05,,,,,\n")
	sum := sha256.New()
	for _, change := range []func(*csv.Table){
		func(*csv.Table) {},
		func(t *csv.Table) { t.Occurrence, t.RowID, t.Columns[1].Key = false, true, false },
		func(t *csv.Table) { t.NoUnparsed = true },
		func(t *csv.Table) { t.Rest = "rest" },
		func(t *csv.Table) { t.Deleted = &csv.Deleted{IDs: &gone} },
		func(t *csv.Table) { t.Columns[2].Field, t.Columns[3].Field = csv.Absent, csv.Absent },
	} {
		table := calls
		table.Columns = slices.Clone(calls.Columns)
		change(&table)
		header := strings.TrimSuffix(csvtest.CallsHeader, "\n") + ",other\n"
		_, err := mustEncoder(t, table).Encode(t.Context(), &csvtest.Cuts{Data: []byte(header + lines.String()), Lengths: []int{1 << 20}}, csvtest.January, func(b *Batch) error {
			sum.Write(b.Bytes())
			b.Free()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	got := hex.EncodeToString(sum.Sum(nil))
	switch {
	case csv.Meaning != meaning.version:
		t.Errorf("write anew what the records are with Meaning %d: %s", csv.Meaning, got)
	case got != meaning.sum:
		t.Errorf("the same lines become other records: raise Meaning (the records are now %s)", got)
	}
}
