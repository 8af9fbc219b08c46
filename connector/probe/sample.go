package probe

import (
	"context"
	"errors"

	"intercom-connector/connector/export/csv"
	"intercom-connector/intercom"
	"intercom-connector/intercom/download"
)

// sampleSize is how much of a CSV is looked at as it is written.
const sampleSize = 256 << 10

// read reads a CSV as a sync does and keeps of it how it begins and its rows' times.
// Its error is of the download; what is wrong with the CSV is r.err.
func (r *result) read(ctx context.Context, stream *download.Stream) error {
	t := csv.Table{Name: r.table.Dataset, RowID: r.table.RowID(), TimeField: -1}
	for i, c := range r.table.Columns {
		t.Header = append(t.Header, csv.Field{ID: c.Attribute.ID, QualifiedID: c.Attribute.QualifiedID, Name: c.Attribute.Name})
		t.Columns = append(t.Columns, csv.Column{Name: c.Name, Kind: c.Kind, Field: i, Key: c.Key})
		if c.Time {
			t.TimeField = i
		}
	}
	rows := &times{}
	reader, err := csv.NewReader(t, rows)
	if err != nil {
		return err
	}
	source := &sampled{stream: stream}
	r.stats, r.err = reader.Read(ctx, source, csv.Window{})
	r.head, r.asked.times = source.head, rows.seconds
	if broken, ok := errors.AsType[*intercom.Error](r.err); ok {
		return broken
	}
	return ctx.Err()
}

// sampled is a CSV whose beginning is kept.
type sampled struct {
	stream csv.Source
	head   []byte
}

func (s *sampled) Next() ([]byte, error) {
	block, err := s.stream.Next()
	s.head = append(s.head, block[:min(len(block), sampleSize-len(s.head))]...)
	return block, err
}

// times is an encoding that keeps of each row its time alone.
type times struct{ seconds []int64 }

func (t *times) Take(_ []byte, row *csv.Row) error {
	if row.Timed {
		t.seconds = append(t.seconds, row.Second)
	}
	return nil
}

// Hold takes nothing: rows are taken at once.
func (t *times) Hold([]byte, *csv.Row) bool { return false }

// What a row's values are is left out.

func (t *times) Arrange([]csv.Target)                            {}
func (t *times) Begin() []byte                                   { return nil }
func (t *times) Break([]byte)                                    {}
func (t *times) Flush() error                                    { return nil }
func (t *times) Null(out []byte, _ int) []byte                   { return out }
func (t *times) String(out []byte, _ int, _ []byte) []byte       { return out }
func (t *times) Long(out []byte, _ int, _ int64) []byte          { return out }
func (t *times) Double(out []byte, _ int, _ float64) []byte      { return out }
func (t *times) Instant(out []byte, _ int, _ csv.Instant) []byte { return out }

// Plain leaves all fields to the reader.
func (t *times) Plain(out, _ []byte, _ int) ([]byte, int, int) { return out, 0, 0 }
