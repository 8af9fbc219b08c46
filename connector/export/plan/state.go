package plan

import "maps"

// State is how far the reading of one dataset has come: all of it that lasts
// from one run to the next. Times are epoch seconds.
type State struct {
	// Floor is the start of what was ever read: nothing before it is.
	Floor int64 `json:"floor"`
	// Cursor is the end of what was read without a gap. It never passes a row
	// that was not sent, and moves back by [State.ReadAgain] alone.
	Cursor int64 `json:"cursor"`
	// Asked is the start that the configuration named when Floor was settled,
	// which retention may have moved.
	Asked int64 `json:"asked"`
	// Width is the length of windows that Intercom bears, in seconds; Cut says
	// that it was halved since, not grown.
	Width int64 `json:"width,omitempty"`
	Cut   bool  `json:"cut,omitempty"`
	// Lookback is the daily re-reading.
	Lookback Lookback `json:"lookback"`
	// Earlier is the reading of rows before the floor; nil when none is under way.
	Earlier *Earlier `json:"earlier,omitempty"`
	// Key and Columns are the table as it was: the key's columns, and each
	// column's attribute as it is requested.
	Key     []string          `json:"key"`
	Columns map[string]string `json:"columns,omitempty"`
	// Former are columns that it had and has not now.
	Former map[string]string `json:"former,omitempty"`
	// Unselected are the columns that the table has and that nobody wanted, sorted.
	Unselected []string `json:"unselected,omitempty"`
	// Table is the table's name where the rule would give another today.
	Table string `json:"table,omitempty"`
}

// Lookback is the re-reading of rows that may have changed, and its position,
// which a cut-off resumes.
type Lookback struct {
	// Last is when the newest complete re-reading began: every row since then
	// less the look-back was read at that moment or later.
	Last int64 `json:"last"`
	// Began is when the one under way began; 0 when none is. It has come to At
	// and ends at To.
	Began int64 `json:"began,omitempty"`
	At    int64 `json:"at,omitempty"`
	To    int64 `json:"to,omitempty"`
}

// Earlier is the reading of the rows before the floor, from Start; it has come
// to At.
type Earlier struct {
	Asked int64 `json:"asked"`
	Start int64 `json:"start"`
	At    int64 `json:"at"`
}

// NewState is the state before a first run that begins at now. start is where it
// reads from, asked what the configuration named.
func NewState(start, asked, now int64) *State {
	return &State{Floor: start, Cursor: start, Asked: asked, Lookback: Lookback{Last: now}}
}

// Given are all columns that the table ever had. A nil state has none.
func (s *State) Given() map[string]string {
	given := map[string]string{}
	if s != nil {
		maps.Copy(given, s.Former)
		maps.Copy(given, s.Columns)
	}
	return given
}

// SetColumns says what the table's columns are now.
func (s *State) SetColumns(columns map[string]string) {
	former := s.Given()
	maps.DeleteFunc(former, func(name, _ string) bool { return columns[name] != "" })
	s.Former, s.Columns = former, columns
}

// Sound says whether a version of this program can have written the state.
func (s *State) Sound() bool {
	return s != nil && s.Floor > 0 && s.Cursor >= s.Floor && s.Width >= 0 && s.Lookback.sound() && s.Earlier.sound()
}

func (l Lookback) sound() bool {
	return l.Last >= 0 && (l.Began == 0 || l.Began > 0 && l.At > 0 && l.At <= l.To)
}

func (e *Earlier) sound() bool {
	return e == nil || e.Start > 0 && e.Start <= e.At
}
