package reporting

import (
	"bytes"
	"io"

	"intercom-connector/sandbox/reporting/table"
)

// csvWriter writes rows as RFC 4180 has them, in blocks. The standard
// library's writer wants its cells as strings; here they are written where
// they end up, which makes an export several times faster.
type csvWriter struct {
	out     io.Writer
	buf     []byte
	newline string
	null    string
	comma   byte
	err     error
}

const csvBlock = 64 << 10

func (w *csvWriter) header(columns []table.Column, title func(table.Column) string) {
	for i, c := range columns {
		if i > 0 {
			w.buf = append(w.buf, w.comma)
		}
		start := len(w.buf)
		w.buf = append(w.buf, title(c)...)
		w.quote(start)
	}
	w.buf = append(w.buf, w.newline...)
}

// row writes one row and says whether writing can go on.
func (w *csvWriter) row(columns []table.Column, r *table.Row) bool {
	for i := range columns {
		if i > 0 {
			w.buf = append(w.buf, w.comma)
		}
		start := len(w.buf)
		w.buf = columns[i].Cell(w.buf, r)
		if len(w.buf) == start {
			w.buf = append(w.buf, w.null...)
		} else if !columns[i].Plain {
			w.quoteCell(start, columns[i].Bare)
		}
	}
	w.buf = append(w.buf, w.newline...)
	if len(w.buf) >= csvBlock {
		w.flush()
		w.buf = append(w.buf, w.newline...) // kept back: it may be the last
	}
	return w.err == nil
}

// quoteCell puts a cell into quotes if it needs them: a bare one only for what
// would end it.
func (w *csvWriter) quoteCell(start int, bare bool) {
	if !bare || w.buf[start] == '"' || bytes.ContainsAny(w.buf[start:], "\r\n,") {
		w.quote(start)
	}
}

// end writes what is left; open leaves the last line without its newline.
func (w *csvWriter) end(open bool) {
	w.flush()
	if !open && w.err == nil {
		_, w.err = io.WriteString(w.out, w.newline)
	}
}

// flush writes what there is but for the newline at its end.
func (w *csvWriter) flush() {
	if w.err == nil {
		_, w.err = w.out.Write(bytes.TrimSuffix(w.buf, []byte(w.newline)))
	}
	w.buf = w.buf[:0]
}

// special are the bytes that make a field need quotes.
var special = [256]bool{',': true, '"': true, '\n': true, '\r': true}

// quote puts the field from start on into quotes if it needs them. A field
// that begins with a space gets them too.
func (w *csvWriter) quote(start int) {
	field, needed := w.buf[start:], false
	for _, c := range field {
		if special[c] || c == w.comma {
			needed = true
			break
		}
	}
	if !needed && (len(field) == 0 || field[0] != ' ') {
		return
	}
	quotes := bytes.Count(field, []byte{'"'})
	end := len(w.buf)
	w.buf = append(w.buf, make([]byte, quotes+2)...)
	at := len(w.buf) - 1
	w.buf[at] = '"'
	for i := end - 1; i >= start; i-- {
		at--
		w.buf[at] = w.buf[i]
		if w.buf[i] == '"' {
			at--
			w.buf[at] = '"'
		}
	}
	w.buf[start] = '"'
}
