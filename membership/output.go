package membership

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"intercom-connector/intercom/answer"
	"intercom-connector/membership/tables"
)

// output is a run of a stage: what it hands out, and the lists it reads.
type output struct {
	mu      sync.Mutex
	emit    func(tables.Row) error
	rows    map[string]int64 // handed out, by earlier runs of the stage too
	failed  error            // of emit
	invalid map[string]int   // values that were not what they should be, by table and column
	broken  map[string]int   // texts that were repaired

	named map[string]string // segments that companies name, by id

	known []string // segments that there were when the search of their members began; nil of other stages
	short []Proof  // that not all of them are known

	from  []ListPlace // of a stage that goes on
	lists []*list
	round int
}

// output prepares a run of a stage, at its place where it has one.
func (w *Walk) output(stage Stage, emit func(tables.Row) error) (*output, error) {
	s := w.State()
	if _, done := s.Done[stage]; done {
		return nil, fmt.Errorf("membership: the stage %s of the snapshot of %s is done already", stage, s.Date)
	}
	at, goesOn := s.Places[stage]
	if goesOn && (w.config.ReadBack == nil || len(at.Lists) == 0) {
		return nil, fmt.Errorf("membership: the stage %s of the snapshot of %s cannot go on where it was left: it needs its lists and the rows that were handed out", stage, s.Date)
	}
	out := &output{emit: emit, rows: map[string]int64{}, invalid: map[string]int{}, broken: map[string]int{}, named: maps.Clone(at.Named), known: at.Known, short: at.Short, from: at.Lists, round: at.Round}
	for _, table := range stage.Tables() {
		out.rows[table] = 0
	}
	maps.Copy(out.rows, at.Rows)
	return out, nil
}

// begin makes the lists that the stage reads, or those that are left of them.
func (o *output) begin(all ...ListPlace) []*list {
	if o.from != nil {
		all = o.from
	}
	for _, at := range all {
		o.lists = append(o.lists, newList(at))
	}
	return o.lists
}

// row hands a row out.
func (o *output) row(r tables.Row) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.emit(r); err != nil {
		o.failed = err
		return err
	}
	o.rows[r.Table]++
	return nil
}

// count notes what was invalid about a row.
func (o *output) count(table string, invalid answer.Invalid) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for column := range invalid.Unparsed {
		o.invalid[table+"."+column]++
	}
	for _, column := range invalid.Repaired {
		o.broken[table+"."+column]++
	}
}

// warnings say what was invalid, once for each column.
func (o *output) warnings() (all []string) {
	for _, column := range slices.Sorted(maps.Keys(o.invalid)) {
		all = append(all, fmt.Sprintf("%s: %d values are not what the column holds; it is null there, and unparsed_values has their text", column, o.invalid[column]))
	}
	for _, column := range slices.Sorted(maps.Keys(o.broken)) {
		all = append(all, fmt.Sprintf("%s: %d texts held NUL or half characters, which were left out or replaced", column, o.broken[column]))
	}
	return all
}
