package export

// State is all of a run that lasts until the next. Times are epoch seconds. It
// holds no secret and no row.
type State struct {
	Datasets map[string]*DatasetState `json:"datasets,omitempty"`
	// Jobs are the export jobs that were in flight.
	Jobs []SavedJob `json:"jobs,omitempty"`
}

// DatasetState is how far the reading of one dataset has come.
type DatasetState struct {
	// Floor is the start of what was ever read: nothing before it is.
	Floor int64 `json:"floor"`
	// Cursor is the end of what was read without a gap. It never passes a row
	// that was not sent, and never moves back.
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
	Columns map[string]string `json:"columns"`
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

// SavedJob is an export job in flight. AsOf is the smaller of both clocks when
// it was enqueued; Attributes stands for what was asked for.
type SavedJob struct {
	ID         string `json:"id"`
	Dataset    string `json:"dataset"`
	Start      int64  `json:"start"`
	End        int64  `json:"end"`
	Attributes string `json:"attributes"`
	AsOf       int64  `json:"as_of"`
}
