package csvtest

import (
	"bytes"
	"crypto/sha256"
	stdcsv "encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"intercom-connector/connector/export/csv"
)

var (
	longForm      = regexp.MustCompile(`^[+-]?[0-9]+([.,]0+)?$`)
	doubleForm    = regexp.MustCompile(`^[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?$`)
	thousandsForm = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2},[0-9]{3}$`)
	timeForm      = regexp.MustCompile(`(?i)^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{1,2}):([0-5][0-9])(?::([0-5][0-9])(\.[0-9]+)?)?( ?[AP]M)?( ?(?:UTC|GMT|Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?))?)?$`)
	epochForm     = regexp.MustCompile(`^([0-9]{10})((?:[0-9]{3}){0,3})(?:\.([0-9]+))?$`)
)

// Text is what a text is once it is repaired.
func Text(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}

// instantsSeen keeps what instants found: it is slow.
var instantsSeen sync.Map

// instants gives every instant at which a zone's clocks show a time, by
// trying each offset that it has within a day or so.
func instants(local time.Time, zone *time.Location) []time.Time {
	key := fmt.Sprint(local, zone)
	if known, ok := instantsSeen.Load(key); ok {
		return known.([]time.Time)
	}
	seen := map[int]bool{}
	var found []time.Time
	for shift := -28 * time.Hour; shift <= 28*time.Hour; shift += time.Hour {
		_, offset := local.Add(shift).In(zone).Zone()
		if seen[offset] {
			continue
		}
		seen[offset] = true
		t := local.Add(-time.Duration(offset) * time.Second)
		if _, is := t.In(zone).Zone(); is == offset {
			found = append(found, t)
		}
	}
	slices.SortFunc(found, time.Time.Compare)
	instantsSeen.Store(key, found)
	return found
}

// Time is the instant of a text. Of two that clocks show, it is the one in the
// window, if there is one, else the first.
func Time(text string, zone *time.Location, w *csv.Window) (time.Time, bool) {
	if parts := epochForm.FindStringSubmatch(text); parts != nil {
		fraction := (parts[2] + parts[3] + "000000000")[:9]
		s, _ := strconv.ParseInt(parts[1], 10, 64)
		n, _ := strconv.ParseInt(fraction, 10, 64)
		return time.Unix(s, n).UTC(), true
	}
	parts := timeForm.FindStringSubmatch(text)
	if parts == nil {
		return time.Time{}, false
	}
	local, err := time.Parse(time.DateOnly, parts[1])
	if err != nil {
		return time.Time{}, false
	}
	if len(text) == len(time.DateOnly) {
		t := beginning(local, zone).UTC()
		return t, t.Year() >= 1
	}
	hour, _ := strconv.Atoi(parts[2])
	minute, _ := strconv.Atoi(parts[3])
	second, _ := strconv.ParseFloat("0"+parts[4], 64)
	fraction, _ := strconv.ParseInt((strings.TrimPrefix(parts[5], ".") + "000000000")[:9], 10, 64)
	switch half := strings.ToUpper(strings.TrimSpace(parts[6])); {
	case half == "" && hour > 23, half != "" && (hour < 1 || hour > 12):
		return time.Time{}, false
	case half == "AM" && hour == 12:
		hour = 0
	case half == "PM" && hour < 12:
		hour += 12
	}
	local = local.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + time.Duration(fraction))
	t := local
	switch offset := strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(parts[7]), ":", "")); offset {
	case "":
		t = zoneless(local, zone, w)
	case "UTC", "GMT", "Z":
	default:
		hours, _ := strconv.Atoi(offset[1:3])
		minutes, _ := strconv.Atoi(offset[3:]) // or none
		ahead := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
		if offset[0] == '-' {
			ahead = -ahead
		}
		t = local.Add(-ahead)
	}
	t = t.UTC()
	return t, t.Year() >= 1 && t.Year() <= 9999
}

func zoneless(local time.Time, zone *time.Location, w *csv.Window) time.Time {
	all := instants(local, zone)
	if len(all) == 0 {
		t, _ := time.ParseInLocation("2006-01-02 15:04:05", local.Format("2006-01-02 15:04:05.999999999"), zone)
		return t
	}
	if w != nil && !inside(all[0], *w) {
		for _, t := range all {
			if inside(t, *w) {
				return t
			}
		}
	}
	return all[0]
}

// beginning is the first second of a date.
func beginning(date time.Time, zone *time.Location) time.Time {
	if all := instants(date, zone); len(all) > 0 {
		return all[0]
	}
	for t := date.Add(-30 * time.Hour); ; t = t.Add(time.Second) {
		if t.In(zone).Format(time.DateOnly) >= date.Format(time.DateOnly) {
			return t
		}
	}
}

// inside reports whether a window holds a time, by whole seconds.
func inside(t time.Time, w csv.Window) bool {
	return w.Start.Unix() <= t.Unix() && t.Unix() <= w.End.Unix()
}

// Value is what a text becomes: a string, an int64, a float64, a time.Time, or
// nil if it is no value. Unfit says that there was something.
func Value(kind csv.Kind, text string, zone *time.Location, w *csv.Window) (value any, unfit bool) {
	if kind == csv.String && text != "" {
		return text, false
	}
	text = strings.TrimSpace(text)
	if text == "" || text == "-" || text == "—" {
		return nil, false
	}
	switch kind {
	case csv.Long:
		if longForm.MatchString(text) && !thousandsForm.MatchString(text) {
			whole, _, _ := strings.Cut(strings.ReplaceAll(text, ",", "."), ".")
			if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
				return n, false
			}
		}
	case csv.Double:
		if len(text) <= 64 && doubleForm.MatchString(text) && !thousandsForm.MatchString(text) {
			if x, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64); err == nil {
				return x, false
			}
		}
	case csv.UTCDatetime:
		if t, ok := Time(text, zone, w); ok {
			return t, false
		}
	}
	return nil, true
}

// zero is what a key holds for no value.
func zero(kind csv.Kind) any {
	return [...]any{csv.String: "", csv.Long: int64(0), csv.Double: float64(0), csv.UTCDatetime: time.Unix(0, 0).UTC()}[kind]
}

// made is the key that is made of a row's texts, in the order of the request.
func made(kind csv.Kind, texts []string) any {
	var joined []byte
	for _, text := range texts {
		sum := sha256.Sum256([]byte(Text(text)))
		joined = append(joined, sum[:]...)
	}
	sum := sha256.Sum256(joined)
	number, _ := strconv.ParseUint(hex.EncodeToString(sum[:8]), 16, 64)
	switch kind {
	case csv.Long:
		return -1 - int64(number/2)
	case csv.Double:
		return -1 - float64(number/4096)
	case csv.UTCDatetime:
		return time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Add(0).AddDate(0, 0, int(number%(900*365*86400)/86400)).Add(time.Duration(number%86400) * time.Second)
	}
	return "row-" + hex.EncodeToString(sum[:16])
}

// JSON is the value of the column of unparsed values.
type JSON string

// Row is what a row becomes: a value for each column, nil for a null.
type Row map[string]any

// errRefused says that a CSV, a row of it or all of them cannot be taken.
var errRefused = errors.New("the oracle refuses")

// namesOnly says that a line holds nothing but names that a header may have.
func namesOnly(t csv.Table, header, line []string) bool {
	for _, text := range line {
		name := strings.TrimSpace(strings.ReplaceAll(text, "\x00", ""))
		is := func(f csv.Field) bool {
			_, bare, _ := strings.Cut(f.QualifiedID, ".")
			return slices.Contains([]string{f.QualifiedID, f.ID, bare, f.Name}, name)
		}
		if name == "" || !slices.ContainsFunc(t.Header, is) && !slices.ContainsFunc(header, func(h string) bool { return strings.TrimSpace(h) == name }) {
			return false
		}
	}
	return true
}

// readByOracle gives the rows of a CSV and their stats, or errRefused; then rows are
// those before. Of Stats it leaves out Batches, OutsideOffset, Unordered and Unterminated.
func readByOracle(t csv.Table, input []byte, w csv.Window) (rows []Row, stats csv.Stats, err error) {
	stats.Unparsed = make([]int64, len(t.Columns))
	stats.Bytes = int64(len(input))
	r := stdcsv.NewReader(bytes.NewReader(input))
	r.FieldsPerRecord = -1
	lines, err := r.ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, stats, err
	}
	places, ok := placesOf(t, lines[0])
	if !ok || strings.Contains(strings.Join(lines[0], ""), "\x00") {
		return nil, stats, errRefused
	}
	stats.Headed = true
	o := &oracle{t: t, w: w, stats: &stats, timeColumn: -1, seen: map[string]int64{}, ids: map[string]bool{}}
	for i, c := range t.Columns {
		if c.Kind == csv.UTCDatetime && c.Field != csv.Absent && c.Field == t.TimeField {
			o.timeColumn = i
		}
	}
	if o.t.Zone == nil {
		o.t.Zone = time.UTC
	}
	for _, line := range lines[1:] {
		switch {
		case slices.Equal(line, lines[0]):
			stats.Headers++
			continue
		case len(line) != len(lines[0]):
			return rows, stats, errRefused
		}
		texts := make([]string, len(t.Header))
		for field, place := range places {
			texts[field] = line[place]
		}
		made, timeless := stats.MadeKeys, stats.Timeless
		row := o.row(texts)
		if (o.timeColumn < 0 || stats.Timeless > timeless) && namesOnly(t, lines[0], line) {
			return rows, stats, errRefused
		}
		rows = append(rows, row)
		stats.Rows++
		if !t.Occurrence && made == stats.MadeKeys {
			o.tell(rows[len(rows)-1])
		}
	}
	if len(o.times) > 0 {
		stats.FirstTime = slices.MinFunc(o.times, time.Time.Compare)
		stats.LastTime = slices.MaxFunc(o.times, time.Time.Compare)
	}
	if o.timeColumn >= 0 && stats.Rows > 0 && stats.Timeless+stats.Outside == stats.Rows {
		return nil, stats, errRefused
	}
	return rows, stats, nil
}

// placesOf gives where each field of the request stands in a header that names
// each by its id or its qualified id, and nothing twice.
func placesOf(t csv.Table, header []string) (places []int, ok bool) {
	for _, f := range t.Header {
		place := slices.IndexFunc(header, func(name string) bool {
			name = strings.TrimSpace(Text(name))
			return name == f.ID || name == f.QualifiedID && name != ""
		})
		if place < 0 {
			return nil, false
		}
		places = append(places, place)
	}
	return places, true
}

type oracle struct {
	t          csv.Table
	w          csv.Window
	stats      *csv.Stats
	timeColumn int
	times      []time.Time
	seen       map[string]int64
	ids        map[string]bool
}

// tell counts a row whose key has come before.
func (o *oracle) tell(row Row) {
	key := ""
	for i, c := range o.t.Columns {
		if c.Key {
			key += fmt.Sprintf("%d %q,", i, fmt.Sprint(row[c.Name]))
		}
	}
	if o.ids[key] {
		if o.stats.Twice++; o.stats.Twice == 1 {
			o.stats.FirstTwice = o.stats.Rows
		}
	}
	o.ids[key] = key != ""
}

func (o *oracle) row(texts []string) Row {
	row := Row{csv.UnparsedColumn: nil}
	unparsed := map[int]string{} // by field
	key, timed := "", false
	for i, c := range o.t.Columns {
		if c.Field == csv.Absent {
			row[c.Name] = nil
			continue
		}
		text := texts[c.Field]
		if strings.ToValidUTF8(text, "\uFFFD") != text {
			o.stats.Repaired++
		}
		if strings.Contains(text, "\x00") {
			o.stats.NULs++
		}
		text = Text(text)
		var window *csv.Window
		if i == o.timeColumn {
			window = &o.w
		}
		value, unfit := Value(c.Kind, text, o.t.Zone, window)
		if at, ok := value.(time.Time); ok && window != nil {
			timed = true
			o.time(at.Truncate(time.Second))
		}
		if unfit {
			name, _ := json.Marshal(c.Name)
			quoted, _ := json.Marshal(text)
			unparsed[c.Field] = string(name) + ":" + string(quoted)
		}
		rowID := c.Key && o.t.RowID
		if rowID && (text == "-" || text == "—") {
			value, unfit = nil, false
		}
		if unfit || value == nil && c.Key && !rowID && c.Kind != csv.String {
			o.stats.Unparsed[i]++
		}
		switch {
		case value == nil && rowID:
			value = made(c.Kind, texts)
			if o.stats.MadeKeys++; o.stats.MadeKeys == 1 {
				o.stats.FirstMadeKey = o.stats.Rows + 1
			}
		case value == nil && c.Key:
			value = zero(c.Kind)
		}
		row[c.Name] = value
		if c.Key {
			key += fmt.Sprintf("%d %q,", i, fmt.Sprint(value))
		}
	}
	if o.timeColumn >= 0 && !timed {
		o.stats.Timeless++
	}
	if len(unparsed) > 0 {
		row[csv.UnparsedColumn] = unparsedJSON(unparsed)
	}
	if o.t.Occurrence {
		row[csv.OccurrenceColumn] = o.seen[key]
		o.seen[key]++
	}
	return row
}

func (o *oracle) time(at time.Time) {
	o.times = append(o.times, at)
	if at.Before(o.w.Start.Add(-time.Second)) || at.After(o.w.End.Add(time.Second)) {
		o.stats.Outside++
	}
}

// unparsedJSON is an object of texts. Their order says nothing.
func unparsedJSON(texts map[int]string) JSON {
	var all []string
	for _, text := range texts {
		all = append(all, text)
	}
	return JSON("{" + strings.Join(all, ",") + "}")
}
