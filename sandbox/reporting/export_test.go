package reporting

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"testing"
	"time"

	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/directory"
	"intercom-connector/sandbox/reporting/body"
	"intercom-connector/sandbox/reporting/table"
	"intercom-connector/sandbox/workspace"
)

var morning = time.Date(2026, 3, 11, 15, 0, 0, 0, time.UTC)

// at is the export of a workspace whose clock stands at morning.
func at(o workspace.Options) *API {
	o.Now = func() time.Time { return morning }
	return New(o, directory.New(o.WithDefaults()))
}

// The rows of a range are those of its parts, whatever the cuts.
func TestWindowsAddUp(t *testing.T) {
	s := at(workspace.Options{Epoch: morning.Add(-20 * workspace.Day), RowsPerDay: 50})
	for _, of := range s.tables {
		count := func(from, to int64) (n int) {
			of.Scan(conversation.Selection{From: from, To: to, At: morning}, func(*table.Row) bool { n++; return true })
			return n
		}
		begin, end := morning.Add(-21*workspace.Day).Unix(), morning.Unix()
		sum := 0
		for from := begin; from <= end; from += 7*3600 + 11 {
			sum += count(from, min(from+7*3600+10, end))
		}
		if whole := count(begin, end); sum != whole || whole == 0 {
			t.Errorf("%s: %d rows in pieces, %d in one", of.ID, sum, whole)
		}
	}
}

// BenchmarkRows measures how fast rows of twenty columns are made and written.
func BenchmarkRows(b *testing.B) {
	s := at(workspace.Options{RowsPerDay: 20_000})
	j := job{table: s.tables[0], columns: s.tables[0].Columns[:20], selection: conversation.Selection{
		From: morning.Add(-10 * workspace.Day).Unix(), To: morning.Unix(), At: morning,
	}}
	rows := s.count(&j)
	var size body.Counter
	if err := s.writeCSV(&size, &j, 0); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.writeCSV(io.Discard, &j, 0); err != nil {
			b.Fatal(err)
		}
	}
	perRun := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(rows)/perRun.Seconds(), "rows/s")
	b.ReportMetric(float64(size)/perRun.Seconds()/1e6, "MB/s")
	b.ReportMetric(0, "ns/op")
}

// FuzzCSV holds the writer against the standard library's reader.
func FuzzCSV(f *testing.F) {
	f.Add("plain", "quo\"ted", "two\nlines, and a comma")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		cells := []string{a, b, c}
		var columns []table.Column
		for _, cell := range cells {
			columns = append(columns, table.Text("standard.x", "", func(b []byte, _ *table.Row) []byte { return append(b, cell...) }))
		}
		var out bytes.Buffer
		w := csvWriter{out: &out, comma: ',', newline: "\n"}
		w.row(columns, &table.Row{})
		w.row(columns, &table.Row{})
		w.end(false)
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%q reads as %q, %v", cells, rows, err)
		}
		for i, cell := range cells {
			// The reader takes CR LF for LF inside of fields.
			if want := strings.ReplaceAll(cell, "\r\n", "\n"); rows[1][i] != want {
				t.Errorf("%q reads as %q", want, rows[1][i])
			}
		}
	})
}

// Timestamps are written in the workspace's zone, across its changes of the clock.
func TestTimestampForms(t *testing.T) {
	spring := time.Date(2026, 3, 29, 0, 59, 59, 0, time.UTC) // one second before Berlin's clocks go forward
	autumn := time.Date(2025, 10, 26, 0, 30, 0, 0, time.UTC) // half past two, for the first time
	moments := []time.Time{spring, spring.Add(time.Second), autumn, autumn.Add(time.Hour)}
	for form, want := range map[workspace.TimestampForm][]string{
		workspace.LocalTime:    {"2026-03-29 01:59:59", "2026-03-29 03:00:00", "2025-10-26 02:30:00", "2025-10-26 02:30:00"},
		workspace.EpochSeconds: {"1774745999", "1774746000", "1761438600", "1761442200"},
		workspace.RFC3339:      {"2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00", "2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00"},
	} {
		render := at(workspace.Options{Timezone: "Europe/Berlin", Timestamps: form}).render()
		for i, moment := range moments {
			if got := string(render.Stamp(nil, moment.Unix())); got != want[i] {
				t.Errorf("%s: %v written as %q, want %q", form, moment, got, want[i])
			}
		}
	}
}

func TestDurations(t *testing.T) {
	for _, test := range []struct {
		options workspace.Options
		tenths  int64
		want    string
	}{
		{workspace.Options{}, 600, "60"}, {workspace.Options{}, 605, "60.5"}, {workspace.Options{DecimalComma: true}, 605, "60,5"}, {workspace.Options{DecimalPlaces: true}, 600, "60.0"},
	} {
		if got := string(at(test.options).render().Duration(nil, test.tenths)); got != test.want {
			t.Errorf("%d tenths: got %q, want %q", test.tenths, got, test.want)
		}
	}
}

// The forms of a job's answers, each by its option.
