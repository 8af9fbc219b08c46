package deletion

// State is what lasts from one sync to the next. Times are epoch seconds.
type State struct {
	// Since is for each table, by name, from when on deletions are still to be told
	// to it.
	Since map[string]int64 `json:"since,omitempty"`
	// Day is the workspace's day on which deletions were last told through the whole
	// look-back, since one may be listed late. Warned is that on which the list was
	// last said to be missing.
	Day    string `json:"day,omitempty"`
	Warned string `json:"warned,omitempty"`
}

// Sound says whether a version of this program can have written the state.
func (s *State) Sound() bool {
	if s != nil {
		for _, since := range s.Since {
			if since < 0 {
				return false
			}
		}
	}
	return true
}

// set says from when on a table is still to be told.
func (s *State) set(table string, since int64) {
	if s.Since == nil {
		s.Since = map[string]int64{}
	}
	s.Since[table] = since
}
