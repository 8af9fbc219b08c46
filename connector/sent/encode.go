package sent

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math/bits"
)

// written is a table as JSON. Spans are, one after another: the seconds from the
// end of the last one to its start, its length in seconds, its rows, the binary
// logarithm of its width, and its sums, each in eight bytes.
type written struct {
	Shape string `json:"shape"`
	Spans []byte `json:"spans,omitempty"`
	// Keyed and Keys are the keys of rows: see appendHeld.
	Keyed string `json:"keyed,omitempty"`
	Keys  []byte `json:"keys,omitempty"`
}

// MarshalJSON writes the table.
func (t *Table) MarshalJSON() ([]byte, error) {
	var b []byte
	last := int64(0)
	for _, s := range t.spans {
		if s.withheld {
			continue
		}
		b = binary.AppendVarint(b, s.from-last)
		b = binary.AppendUvarint(b, uint64(s.to-s.from))
		b = binary.AppendUvarint(b, uint64(s.rows))
		b = append(b, byte(bits.Len(uint(s.sums.width()))-1))
		for _, sum := range s.sums {
			b = binary.LittleEndian.AppendUint64(b, sum)
		}
		last = s.to
	}
	return json.Marshal(written{t.Shape, b, t.keyed, appendHeld(nil, t.held)})
}

var errSpans = errors.New("what was sent is remembered in spans that cannot be")

// UnmarshalJSON reads what MarshalJSON wrote, and refuses what it cannot have
// written.
func (t *Table) UnmarshalJSON(text []byte) error {
	var w written
	if err := json.Unmarshal(text, &w); err != nil {
		return err
	}
	keys, err := readHeld(w.Keys)
	if err != nil {
		return err
	}
	*t = Table{Shape: w.Shape, keyed: w.Keyed, held: keys}
	last := int64(0)
	for from := bytes.NewReader(w.Spans); from.Len() > 0; {
		s, err := readSpan(from, last)
		if err != nil {
			return err
		}
		if len(t.spans) > 0 && s.from < last {
			return errSpans
		}
		t.spans = append(t.spans, s)
		last = s.to
	}
	return nil
}

func readSpan(from *bytes.Reader, last int64) (s span, err error) {
	gap, err1 := binary.ReadVarint(from)
	length, err2 := binary.ReadUvarint(from)
	rows, err3 := binary.ReadUvarint(from)
	power, err4 := from.ReadByte()
	s = span{from: last + gap, rows: int64(rows)}
	s.to = s.from + int64(length)
	if errors.Join(err1, err2, err3, err4) != nil || power > 16 || s.rows < 0 || s.to <= s.from || s.from < minTime || s.to > maxTime {
		return s, errSpans
	}
	s.sums = newSums(1 << power)
	if from.Len() < 8*len(s.sums) {
		return s, errSpans
	}
	return s, binary.Read(from, binary.LittleEndian, []uint64(s.sums))
}
