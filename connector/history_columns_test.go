package connector

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/state"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// columnHistory is what becomes of the columns in a history: attributes come and go,
// one changes its type, and the person selects and deselects tables and columns.
type columnHistory struct {
	random  *rand.Rand
	toggled map[string][]time.Time // by attribute; until the first it is there
	// chosen is the selection of the coming sync, nil for none.
	chosen *sdk.TablesWithNoSchema
	// unsteady are columns that some rows were sent without, or as another type; newcomer
	// stands for those that a selection does not know.
	unsteady map[string]bool
	// again is from where on rows are read by the last syncs, by dataset, whenever they
	// were read before.
	again map[string]time.Time
}

const newcomer = ""

// The columns that a history plays with, and those that it leaves alone. A score is
// text or seconds.
var (
	unsteadyColumns = []string{"channel", "people_plan", "score", csv.UnparsedColumn}
	steadyColumns   = []string{"conversation_id", "conversation_started_at", "conversation_state_started_at", "conversation_state", csv.OccurrenceColumn}
)

var (
	planAttribute   = sandbox.Attribute{QualifiedID: "people.Plan"}
	textAttribute   = sandbox.Attribute{QualifiedID: "call.score"} // asked for in the number's place
	numberAttribute = sandbox.Attribute{QualifiedID: "duration.score"}
)

func newColumnHistory(seed uint64, h *history) *columnHistory {
	c := &columnHistory{
		random:   rand.New(rand.NewPCG(seed, 2)),
		toggled:  map[string][]time.Time{},
		unsteady: map[string]bool{"people_plan": true, "score": true, csv.UnparsedColumn: true},
	}
	if h.steady {
		return c
	}
	recent := min(h.days, h.lookback+1)
	for _, id := range []string{planAttribute.QualifiedID, textAttribute.QualifiedID} {
		for range c.random.IntN(4) {
			days := []int{h.days, recent}[c.random.IntN(2)]
			c.toggled[id] = append(c.toggled[id], h.still().Add(-time.Duration(c.random.Int64N(int64(days)*int64(day)))))
		}
		slices.SortFunc(c.toggled[id], time.Time.Compare)
	}
	return c
}

// hidden says which attributes are not there at a time: of the two scores always one.
func (c *columnHistory) hidden(_, attribute string, now time.Time) bool {
	id, turned := attribute, false
	if attribute == numberAttribute.QualifiedID {
		id, turned = textAttribute.QualifiedID, true
	}
	for _, at := range c.toggled[id] {
		if !now.Before(at) {
			turned = !turned
		}
	}
	return turned
}

// extend gives the rows of datasets the attributes that come and go.
func (c *columnHistory) extend(o *sandbox.Options) {
	o.Hidden = c.hidden
	for i := range o.Datasets {
		d := &o.Datasets[i]
		d.Attributes = append(d.Attributes, planAttribute, textAttribute, numberAttribute)
		for j, row := range d.Rows {
			score := strconv.Itoa(j)
			if j%2 == 0 {
				score = "none"
			}
			row.Values[planAttribute.QualifiedID] = []string{"Free", "Paid"}[j%2]
			row.Values[textAttribute.QualifiedID], row.Values[numberAttribute.QualifiedID] = score, score
		}
	}
}

// selection is that of the coming sync.
func (c *columnHistory) selection() *sdk.Selection {
	switch c.random.IntN(6) {
	case 0:
		c.chosen = nil
	case 1, 2:
		c.chosen = &sdk.TablesWithNoSchema{IncludeNewTables: true}
		for _, table := range []string{"conversation", "conversation_state"} {
			t := &sdk.TableSelection{TableName: table, Included: c.random.IntN(8) > 0, Columns: map[string]bool{}, IncludeNewColumns: c.random.IntN(4) > 0}
			for _, column := range steadyColumns {
				t.Columns[column] = true
			}
			for _, column := range unsteadyColumns {
				if c.random.IntN(4) > 0 { // else it is a new one
					t.Columns[column] = c.random.IntN(3) > 0
				}
			}
			c.chosen.Tables = append(c.chosen.Tables, t)
		}
	}
	for _, column := range slices.Concat(unsteadyColumns, []string{newcomer}) {
		c.unsteady[column] = c.unsteady[column] || !c.wants("conversation", column) || !c.wants("conversation_state", column)
	}
	if c.chosen == nil {
		return nil
	}
	return &sdk.Selection{Selection: &sdk.Selection_WithoutSchema{WithoutSchema: c.chosen}}
}

// wants says whether a column is selected.
func (c *columnHistory) wants(table, column string) bool {
	for _, t := range c.chosen.GetTables() {
		if t.GetTableName() == table {
			wanted, listed := t.GetColumns()[column]
			return wanted || !listed && t.GetIncludeNewColumns()
		}
	}
	return true
}

// steady says whether every row was sent with a column.
func (c *columnHistory) steady(column string) bool {
	if !slices.Contains(slices.Concat(steadyColumns, unsteadyColumns), column) {
		column = newcomer
	}
	return !c.unsteady[column]
}

// includes says whether a table is selected.
func (c *columnHistory) includes(table string) bool {
	return !slices.ContainsFunc(c.chosen.GetTables(), func(t *sdk.TableSelection) bool { return t.GetTableName() == table && !t.GetIncluded() })
}

// settle notes, before the last syncs, from where on they read all rows again.
func (c *columnHistory) settle(w *world, lookback int) {
	c.again = map[string]time.Time{}
	s, err := state.Parse(w.destination.state)
	if err != nil || s == nil {
		return
	}
	for id, d := range s.Datasets {
		from := d.Lookback.Last
		if d.Lookback.Began != 0 {
			from = d.Lookback.Began
		}
		c.again[id] = time.Unix(from, 0).Add(-time.Duration(lookback) * day)
		if lookback == 0 {
			c.again[id] = time.Now()
		}
	}
}

// compare holds a table against the workspace: every row in the columns that it has
// always had, and those that were read again in all that are selected.
func (c *columnHistory) compare(w *world, id string) {
	if !c.includes(id) {
		return
	}
	w.sameAs(id, view{columns: c.steady})
	w.sameAs(id, view{columns: func(name string) bool { return c.wants(id, name) }, since: c.again[id]})
}

// expected are the Warnings that columns which come and go bring.
var expected = regexp.MustCompile(`has new columns|has no attribute|do not fit column`)
