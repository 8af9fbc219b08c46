package ndjson

import (
	"strconv"
	"time"

	"intercom-connector/connector/export/csv"
)

// maxHeld is how many bytes of lines are held before some row is known to lie
// inside its window.
const maxHeld = 128 << 10

const (
	// firstRoom is the room for lines that is begun with.
	firstRoom = 32 << 10
	// keptRoom is how large it may be and be kept for the next window.
	keptRoom = 1 << 20
)

// lines is the encoding. Every value is written as
//
//	,"name":value
//
// and the row's first comma is made the opening brace.
type lines struct {
	reader               *csv.Reader
	row                  Row
	names                [][]byte // of each column: ,"name":
	targets              []target // for each field of the CSV, and one more
	calendar             calendar
	occurrence, unparsed []byte
	constants            []byte // of columns that the CSV does not hold
	rest                 []byte // as names; nil without Table.Rest
	counted              bool
	noUnparsed           bool

	room  []byte // a line, after those that are held
	held  []line
	start int // of the line in room
}

// line is one that is held.
type line struct {
	end   int // in room
	at    int64
	timed bool
}

func newLines(t csv.Table) *lines {
	l := &lines{counted: t.Occurrence, noUnparsed: t.NoUnparsed, occurrence: name(csv.OccurrenceColumn), unparsed: name(csv.UnparsedColumn)}
	for _, c := range t.Columns {
		l.names = append(l.names, name(c.Name))
		if c.Constant != "" {
			l.constants = AppendString(append(l.constants, name(c.Name)...), c.Constant)
		}
	}
	if t.Rest != "" {
		l.rest = name(t.Rest)
	}
	return l
}

// name is what stands before a column's values.
func name(column string) []byte {
	return append(AppendString([]byte{','}, column), ':')
}

// begin forgets the last window.
func (l *lines) begin(row Row) {
	l.row, l.held = row, l.held[:0]
	if l.room = l.room[:0]; cap(l.room) == 0 || cap(l.room) > keptRoom {
		l.room = make([]byte, 0, firstRoom)
	}
}

func (l *lines) Begin() []byte {
	l.start = len(l.room)
	return l.room
}

// Null leaves the column out.
func (l *lines) Null(out []byte, _ int) []byte { return out }

func (l *lines) String(out []byte, column int, text []byte) []byte {
	return csv.AppendJSONString(append(out, l.names[column]...), text)
}

func (l *lines) Long(out []byte, column int, value int64) []byte {
	return strconv.AppendInt(append(out, l.names[column]...), value, 10)
}

// Double appends a number with as few digits as tell it.
func (l *lines) Double(out []byte, column int, value float64) []byte {
	return AppendDouble(append(out, l.names[column]...), value)
}

// Instant appends a time.
func (l *lines) Instant(out []byte, column int, t csv.Instant) []byte {
	out = append(append(out, l.names[column]...), '"')
	if t.Second < 0 || t.Nano != 0 {
		out = time.Unix(t.Second, int64(t.Nano)).UTC().AppendFormat(out, "2006-01-02 15:04:05.999999999")
	} else {
		var text [timeLength]byte
		l.calendar.put(&text, t.Second)
		out = append(out, text[:]...)
	}
	return append(out, '"')
}

func (l *lines) Break(out []byte) { l.room = out[:l.start] }

func (l *lines) Hold(out []byte, row *csv.Row) bool {
	l.room = l.close(out, row)
	if len(l.room) > maxHeld {
		l.room, l.held = l.room[:0], l.held[:0]
		return false
	}
	l.held = append(l.held, line{len(l.room), row.Second, row.Timed})
	return true
}

func (l *lines) Take(out []byte, row *csv.Row) error {
	l.room = l.close(out, row)
	start := l.start
	if err := l.Flush(); err != nil {
		return err
	}
	text := l.room[start:]
	l.room = l.room[:0]
	return l.row(row.Second, row.Timed, text)
}

func (l *lines) Flush() error {
	start := 0
	for _, h := range l.held {
		if err := l.row(h.at, h.timed, l.room[start:h.end]); err != nil {
			return err
		}
		start = h.end
	}
	l.held = l.held[:0]
	return nil
}

// close ends the line.
func (l *lines) close(out []byte, row *csv.Row) []byte {
	if l.counted {
		out = strconv.AppendInt(append(out, l.occurrence...), row.Ordinal, 10)
	}
	out = append(out, l.constants...)
	if len(row.Rest) > 0 {
		out = csv.AppendJSONString(append(out, l.rest...), row.Rest)
	}
	if len(row.Unparsed) > 0 && !l.noUnparsed {
		out = csv.AppendJSONString(append(out, l.unparsed...), row.Unparsed)
	}
	if len(out) == l.start {
		out = append(out, ',')
	}
	out[l.start] = '{'
	return append(out, '}', '\n')
}
