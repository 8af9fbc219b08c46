package csv

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"
)

// HeaderError says that the CSV is not what was asked for, so that none of its
// rows can be believed. A CSV that comes without its header begins with a row:
// so the error tells names of the request only, and of what came only where it
// stands, how much it is and how long.
type HeaderError struct {
	Table string
	// Want is an attribute's name in the request, and Position where it was asked
	// for, from 0. It is empty if a column that nobody asked for has the name of
	// one that is there already; then Position is that column's.
	Want     string
	Position int
	// GotLength is how many bytes stand at that position, or -1 past the end.
	GotLength int
	// Matches is how many columns may be it: none, or not as many as were asked
	// for under the same name.
	Matches int
	// WantCount and GotCount are the numbers of columns.
	WantCount, GotCount int
	// Form is what the CSV seems to be instead; empty where there is no telling.
	Form string
}

func (e *HeaderError) Error() string {
	if e.Form != "" {
		return e.sentence() + ": " + e.Form
	}
	return e.sentence()
}

func (e *HeaderError) sentence() string {
	var wrong string
	switch {
	case e.Want == "":
		return fmt.Sprintf("%s: column %d of the CSV has the name of another; it has %s, %d were asked for", e.Table, e.Position+1, plural(e.GotCount, "column"), e.WantCount)
	case e.Matches == 0:
		wrong = fmt.Sprintf("the CSV has no column %q", e.Want)
	case e.Matches == 1:
		wrong = fmt.Sprintf("the CSV has 1 column only for %q and others of that name", e.Want)
	default:
		wrong = fmt.Sprintf("the CSV has %d columns that may be %q", e.Matches, e.Want)
	}
	there := "nothing stands there"
	if e.GotLength >= 0 {
		there = fmt.Sprintf("what stands there has %d bytes", e.GotLength)
	}
	return fmt.Sprintf("%s: %s, asked for as number %d of %d; it has %s, and %s",
		e.Table, wrong, e.Position+1, e.WantCount, plural(e.GotCount, "column"), there)
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// name is the field's fullest name.
func (f Field) name() string {
	if f.QualifiedID != "" {
		return f.QualifiedID
	}
	return f.ID
}

// naming is a way in which a header may name what was asked for.
type naming struct {
	asked func(Field) string
	got   func(string) string
}

// namings are tried one after another, for what is not found yet. An attribute
// whose qualified id is known has no other prefix: people.brand is not
// conversation.brand.
var namings = []naming{
	{func(f Field) string { return f.QualifiedID }, asIs},
	{func(f Field) string { return f.ID }, asIs},
	{Field.bareID, withoutPrefix},
	{func(f Field) string { return withoutPrefix(f.bareID()) }, asIs},
	{func(f Field) string { return f.Name }, asIs},
}

func asIs(name string) string { return name }

// bareID is the id of a field that may have any prefix.
func (f Field) bareID() string {
	if f.QualifiedID != "" {
		return ""
	}
	return f.ID
}

func withoutPrefix(name string) string {
	_, bare, _ := strings.Cut(name, ".")
	return bare
}

// mapHeader gives, for each column of the CSV, the position in the request of the
// field that it holds, or Absent if nobody asked for it. Columns are told by
// their names, and among equal names by their order: that means something only
// where all columns come in the order of the request.
func (t *Table) mapHeader(names []string) ([]int, error) {
	fields, columns := make([]int, len(names)), make([]int, len(t.Header))
	fill(fields)
	fill(columns)
	for _, n := range namings {
		if err := t.mapNames(n, names, fields, columns); err != nil {
			return nil, err
		}
	}
	for field, column := range columns {
		if column == Absent {
			return nil, t.headerError(names, field, 0)
		}
	}
	if first, n := t.firstOfEqualNames(names, columns); n > 1 && !ascending(fields) {
		return nil, t.headerError(names, first, n)
	}
	for column, field := range fields {
		if field == Absent && t.asksFor(names[column]) {
			err := t.headerError(names, column, 0)
			err.Want = ""
			return nil, err
		}
	}
	return fields, nil
}

// firstOfEqualNames is the first field whose column has the name of another one's,
// and how many have it; 0 if none has.
func (t *Table) firstOfEqualNames(names []string, columns []int) (field, n int) {
	bearers := map[string]int{}
	for _, column := range columns {
		bearers[names[column]]++
	}
	for field, column := range columns {
		if n := bearers[names[column]]; n > 1 {
			return field, n
		}
	}
	return 0, 0
}

// ascending reports whether the fields come in their order.
func ascending(fields []int) bool {
	last := -1
	for _, field := range fields {
		if field != Absent && field < last {
			return false
		}
		last = max(last, field)
	}
	return true
}

func fill(positions []int) {
	for i := range positions {
		positions[i] = Absent
	}
}

// mapNames maps what a naming tells and is not mapped yet.
func (t *Table) mapNames(n naming, names []string, fields, columns []int) error {
	got := map[string][]int{}
	for column, name := range names {
		if fields[column] == Absent {
			got[n.got(name)] = append(got[n.got(name)], column)
		}
	}
	asked := map[string][]int{}
	for field, f := range t.Header {
		if name := strings.TrimSpace(n.asked(f)); name != "" && columns[field] == Absent {
			asked[name] = append(asked[name], field)
		}
	}
	for field, f := range t.Header {
		name := strings.TrimSpace(n.asked(f))
		same, matches := asked[name], got[name]
		if len(same) == 0 || same[0] != field || len(matches) == 0 {
			continue
		}
		if len(same) != len(matches) {
			return t.headerError(names, field, len(matches))
		}
		for i, field := range same {
			columns[field], fields[matches[i]] = matches[i], field
		}
	}
	return nil
}

// formOf guesses what a header that cannot be mapped is made of.
func formOf(line []byte) string {
	switch {
	case bytes.IndexByte(line, '\r') >= 0:
		return "its lines seem to end in CR alone"
	case bytes.IndexByte(line, ';') >= 0:
		return "semicolons seem to separate its columns"
	case bytes.IndexByte(line, '\t') >= 0:
		return "tabs seem to separate its columns"
	}
	return ""
}

// knownNames are all that a header may say, here and where it comes again in
// another form.
func (t *Table) knownNames(header []string) map[string]bool {
	known := map[string]bool{}
	for _, name := range header {
		known[name] = true
	}
	for _, f := range t.Header {
		for _, name := range []string{f.QualifiedID, f.ID, withoutPrefix(f.QualifiedID), f.Name} {
			known[strings.TrimSpace(name)] = true
		}
	}
	delete(known, "")
	return known
}

var errNulHeader = errors.New("it holds NUL, as text does that is not UTF-8")

var errOtherHeader = errors.New("the header comes again with other columns: the file joins exports that differ")

// isOtherHeader reports whether the row that data begins with holds nothing but
// names of columns, as where files were joined whose columns differ. A row with a
// time never does.
func (r *Reader) isOtherHeader(data []byte, final bool) bool {
	is := true
	for rest := data; is && len(rest) > 0; {
		f, whole, err := scan(rest, final)
		text, _, _ := r.texts.of(f)
		is = err == nil && whole && r.known[string(bytes.TrimSpace(text))]
		if rest = rest[f.next:]; f.last {
			break
		}
	}
	return is
}

// asksFor reports whether a name is one of the request's.
func (t *Table) asksFor(name string) bool {
	for _, f := range t.Header {
		for _, n := range namings {
			if asked := strings.TrimSpace(n.asked(f)); asked != "" && asked == n.got(name) {
				return true
			}
		}
	}
	return false
}

func (t *Table) headerError(names []string, position, matches int) *HeaderError {
	e := &HeaderError{Table: t.Name, Position: position, GotLength: -1, Matches: matches, WantCount: len(t.Header), GotCount: len(names)}
	if position < len(t.Header) {
		e.Want = t.Header[position].name()
	}
	if position < len(names) {
		e.GotLength = len(names[position])
	}
	return e
}

// readHeader maps the first row, unless it is the one of the last window. It
// gives the row's length, or 0 if data does not hold all of it.
func (r *Reader) readHeader(data []byte, final bool) (length int, err error) {
	length, _, err = r.eachField(data, final, func(int, field) {})
	if length == 0 || err != nil {
		return 0, err
	}
	line := withoutNewline(data[:length])
	if bytes.Equal(line, r.header) {
		return length, nil
	}
	if bytes.IndexByte(line, 0) >= 0 {
		r.at = len(r.fields)
		return 0, errNulHeader
	}
	var names []string
	if _, _, err = r.eachField(data, final, func(_ int, f field) {
		text, _, _ := r.texts.of(f)
		names = append(names, strings.TrimSpace(string(text)))
	}); err != nil {
		return 0, err
	}
	fields, err := r.table.mapHeader(names)
	if wrong, ok := errors.AsType[*HeaderError](err); ok {
		wrong.Form = formOf(line)
	}
	if err != nil {
		return 0, err
	}
	r.known = r.table.knownNames(names)
	r.header = append(r.header[:0], line...)
	r.sum = xxh3.Hash(line)
	if r.table.Rest != "" {
		r.names = quotedNames(names)
	}
	r.arrange(fields)
	return length, nil
}

// Names are the names in the header that data begins with, and the length of the
// header, after blank lines; 0 if not all of it is there. Final says that no more of
// the CSV comes. The error says what is wrong with the header and does not quote it:
// it may be a row.
func Names(data []byte, final bool) (names []string, length int, err error) {
	var texts texts
	for rest := bytes.TrimLeft(data, "\r\n"); len(rest) > 0; {
		f, whole, err := scan(rest, final)
		if err != nil || !whole {
			return nil, 0, err
		}
		text, _, _ := texts.of(f)
		names, rest = append(names, strings.TrimSpace(string(text))), rest[f.next:]
		if f.last {
			return names, len(data) - len(rest), nil
		}
	}
	return nil, 0, nil
}

// quotedNames are a header's names as keys of JSON objects: of equal ones the
// later have a number.
func quotedNames(names []string) [][]byte {
	seen := map[string]int{}
	var quoted [][]byte
	for _, name := range names {
		unique := name
		for seen[unique]++; seen[unique] > 1; seen[unique]++ {
			unique = name + "_" + strconv.Itoa(seen[name])
			seen[name]++
		}
		quoted = append(quoted, AppendJSONString(nil, []byte(unique)))
	}
	return quoted
}

func withoutNewline(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// headerAgain gives the length of the line that data begins with if it is the
// header again, as where files were joined. Cut says that data may be the
// beginning of it.
func (r *Reader) headerAgain(data []byte, final bool) (length int, cut bool) {
	line := bytes.TrimPrefix(data, byteOrderMark)
	mark := len(data) - len(line)
	if len(line) < len(r.header) {
		return 0, !final && bytes.HasPrefix(r.header, line)
	}
	if !bytes.HasPrefix(line, r.header) {
		return 0, false
	}
	length = mark + len(r.header)
	switch after := line[len(r.header):]; {
	case len(after) > 0 && after[0] == '\n':
		return length + 1, false
	case len(after) > 1 && after[0] == '\r' && after[1] == '\n':
		return length + 2, false
	case len(after) == 0, len(after) == 1 && after[0] == '\r':
		if final {
			return len(data), false
		}
		return 0, true
	}
	return 0, false
}
