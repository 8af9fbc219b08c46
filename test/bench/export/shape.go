// Package export is what the benchmark measures: exports of several shapes
// (shape.go), served as Intercom would (server.go).
package export

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"intercom-connector/connector/export/csv"
)

// Shape is a kind of export: how wide, how full, how long its texts.
type Shape struct {
	Name    string
	Columns int
	empty   float64 // share of the values after the first two
	text    int     // longest text of the note columns, in bytes; 0 for labels
	Chunk   int     // rows that are made; an export repeats them
}

// The Shapes that have goals.
const (
	Columns20 = "20 columns"
	Sparse60  = "60 columns, sparse"
)

// The exports that are measured. Chunks are of no round number: a connector
// may take a round count of rows for a limit of the API and look again.
var Shapes = []Shape{
	{Columns20, 20, 0.1, 0, 49_999},
	{"20 columns, long texts", 20, 0.1, 1500, 14_999},
	{Sparse60, 60, 0.7, 0, 24_999},
	{"60 columns, sparse, long texts", 60, 0.7, 1500, 7_999},
	{"400 columns, sparse", 400, 0.9, 0, 3_999},
	{"400 columns, sparse, long texts", 400, 0.9, 1500, 1_999},
}

// AnyLength is for exports of any length.
var AnyLength = Shape{"20 columns, any length", 20, 0.1, 0, 9_999}

// Find looks a shape up by its name.
func Find(name string) (Shape, error) {
	for _, s := range append(slices.Clone(Shapes), AnyLength) {
		if s.Name == name {
			return s, nil
		}
	}
	return Shape{}, fmt.Errorf("no shape named %q", name)
}

// The hour that the export is of, and the workspace's Timezone.
var (
	Start = time.Date(2025, 6, 1, 11, 10, 0, 0, time.UTC)
	End   = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
)

const Timezone = "America/New_York"

// attribute is a column of the export.
type attribute struct {
	ID, QualifiedID string
	Kind            csv.Kind
	text            bool // a note, long where the shape has long texts
	contact         bool // a contact's id: 24 digits, all different
}

// counts are the ids of whole numbers that the connector knows.
var counts = []string{"teammate_replies_count", "reassignments_count", "conversation_rating"}

// attributes of a shape: a row id, the time by which the export selects, then
// times, durations, counts, labels and notes in turn, and contacts' ids.
func (s Shape) attributes() []attribute {
	list := []attribute{
		{ID: "conversation_id", QualifiedID: "standard.conversation_id", Kind: csv.String},
		{ID: "conversation_started_at", QualifiedID: "timestamp.conversation_started_at", Kind: csv.UTCDatetime},
	}
	for i := len(list); i < s.Columns; i++ {
		id := fmt.Sprintf("attribute_number_%d", i)
		switch {
		case i%5 == 1:
			list = append(list, attribute{ID: id + "_at", QualifiedID: "timestamp." + id + "_at", Kind: csv.UTCDatetime})
		case i%5 == 2:
			list = append(list, attribute{ID: id, QualifiedID: "duration." + id, Kind: csv.Double})
		case i%5 == 3 && i/5 < len(counts):
			list = append(list, attribute{ID: counts[i/5], QualifiedID: "standard." + counts[i/5], Kind: csv.Long})
		default:
			list = append(list, attribute{ID: id, QualifiedID: "standard." + id, Kind: csv.String, text: i%10 == 9, contact: i%20 == 4})
		}
	}
	return list
}

// Table is what the connector makes of the Shape, for the contestants that are
// given it.
func (s Shape) Table() csv.Table {
	zone, err := time.LoadLocation(Timezone)
	if err != nil {
		zone = time.UTC
	}
	t := csv.Table{Name: "conversation", RowID: true, TimeField: 1, Zone: zone}
	for i, a := range s.attributes() {
		t.Header = append(t.Header, csv.Field{ID: a.ID, QualifiedID: a.QualifiedID})
		t.Columns = append(t.Columns, csv.Column{Name: a.ID, Kind: a.Kind, Field: i, Key: i == 0})
	}
	return t
}

// labels are what most text attributes of an export hold.
var labels = []string{
	"Support", "Customer support, tier 1", "email", "in_app", "Messenger", "Zoë Washburne", "Closed by teammate",
	"true", "false", "Hit", "Missed", "New conversation", "Europe", "admin_initiated",
}

const prose = "Hello, since the last release the \"export\" button is greyed out for everyone in our team; " +
	"reloading does not help. Could you have a look? Thank you very much in advance, and kind regards. "

// CSV makes the header and a chunk of rows, always the same ones.
func (s Shape) CSV() (header, rows []byte) {
	r := rand.New(rand.NewPCG(uint64(s.Columns), uint64(s.text)))
	attributes := s.attributes()
	var names []string
	for _, a := range attributes {
		names = append(names, a.ID)
	}
	header = []byte(strings.Join(names, ",") + "\n")
	zone := s.Table().Zone
	var out bytes.Buffer
	for n := range s.Chunk {
		at := Start.Add(End.Sub(Start) * time.Duration(n) / time.Duration(s.Chunk)).In(zone)
		fmt.Fprintf(&out, "2154%011d,%s", n*7, at.Format(time.DateTime))
		for _, a := range attributes[2:] {
			out.WriteByte(',')
			if r.Float64() < s.empty {
				continue
			}
			switch {
			case a.Kind == csv.UTCDatetime:
				out.WriteString(at.Add(time.Duration(r.IntN(1e6)) * time.Second).Format(time.DateTime))
			case a.Kind == csv.Double:
				fmt.Fprintf(&out, "%d.%d", r.IntN(100_000), r.IntN(1000))
			case a.Kind == csv.Long:
				fmt.Fprint(&out, r.IntN(40))
			case a.text && s.text > 0:
				s.writeNote(&out, r)
			case a.contact:
				fmt.Fprintf(&out, "%016x%08x", r.Uint64(), r.Uint32())
			default:
				writeField(&out, labels[r.IntN(len(labels))])
			}
		}
		out.WriteByte('\n')
	}
	return header, out.Bytes()
}

// writeNote writes a text of some sentences.
func (s Shape) writeNote(out *bytes.Buffer, r *rand.Rand) {
	length := 1 + r.IntN(s.text)
	note := strings.Repeat(prose, length/len(prose)+2)
	start := r.IntN(len(prose))
	writeField(out, note[start:start+length])
}

// writeField quotes a field that needs it.
func writeField(out *bytes.Buffer, text string) {
	if strings.ContainsAny(text, ",\"\n") {
		text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	out.WriteString(text)
}

// gzipped compresses as web servers do.
func gzipped(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, 6)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}
