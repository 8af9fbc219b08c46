package connector

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// stateVersion is the version of the state that this connector writes. Older
// ones must stay readable for ever; newer ones are refused.
const stateVersion = 1

// jobLife is how long a job of an earlier sync may be taken up again.
const jobLife = time.Hour

// state is all that lasts from one sync to the next. Times are epoch seconds.
// It holds no secret and no row.
type state struct {
	Version   int                      `json:"version"`
	Workspace string                   `json:"workspace"`
	Datasets  map[string]*datasetState `json:"datasets,omitempty"`
	// Jobs are the export jobs that were in flight.
	Jobs []savedJob `json:"jobs,omitempty"`
	// Memberships is the daily snapshot of segments and tags.
	Memberships *membershipState `json:"memberships,omitempty"`
}

// datasetState is how far the reading of one dataset has come.
type datasetState struct {
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
	Lookback lookback `json:"lookback"`
	// Earlier is the reading of rows before the floor; nil when none is under way.
	Earlier *earlier `json:"earlier,omitempty"`
	// Key and Columns are the table as it was: the key's columns, and each
	// column's attribute as it is requested.
	Key     []string          `json:"key"`
	Columns map[string]string `json:"columns"`
}

// lookback is the re-reading of rows that may have changed, and its position,
// which a cut-off resumes.
type lookback struct {
	// Last is when the newest complete re-reading began: every row since then
	// less the look-back was read at that moment or later.
	Last int64 `json:"last"`
	// Began is when the one under way began; 0 when none is. It has come to At
	// and ends at To.
	Began int64 `json:"began,omitempty"`
	At    int64 `json:"at,omitempty"`
	To    int64 `json:"to,omitempty"`
}

// earlier is the reading of the rows before the floor, from Start; it has come
// to At.
type earlier struct {
	Asked int64 `json:"asked"`
	Start int64 `json:"start"`
	At    int64 `json:"at"`
}

// savedJob is an export job in flight. AsOf is the smaller of both clocks when
// it was enqueued; Attributes stands for what was asked for.
type savedJob struct {
	ID         string `json:"id"`
	Dataset    string `json:"dataset"`
	Start      int64  `json:"start"`
	End        int64  `json:"end"`
	Attributes string `json:"attributes"`
	AsOf       int64  `json:"as_of"`
}

// StateError is a state that cannot be used. It is never reset silently: that
// would read everything again, or mix two workspaces.
type StateError struct{ Reason string }

func (e *StateError) Error() string {
	return "the state of this connection " + e.Reason
}

const freshStart = "to start afresh, re-sync the connection (locally: --reset, or delete state.json)"

// parseState reads the state of the last sync; nil when there is none: absent,
// "" and "{}" all start afresh.
func parseState(text string) (*state, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, &StateError{"is not a JSON object; " + freshStart}
	}
	if len(raw) == 0 {
		return nil, nil
	}
	var s state
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return nil, &StateError{fmt.Sprintf("cannot be read (%v); %s", err, freshStart)}
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return &s, nil
}

// check refuses what no version of this connector could have written.
func (s *state) check() error {
	switch {
	case s.Version == 0:
		return &StateError{"was not written by this connector; " + freshStart}
	case s.Version > stateVersion || s.Version < 0:
		return &StateError{fmt.Sprintf("is of version %d, and this connector reads up to %d: run the newer connector; or %s", s.Version, stateVersion, freshStart)}
	case s.Workspace == "":
		return &StateError{"names no workspace; " + freshStart}
	}
	for id, d := range s.Datasets {
		if d == nil || d.Floor <= 0 || d.Cursor < d.Floor || d.Width < 0 || !d.Lookback.sound() || !d.Earlier.sound() {
			return &StateError{fmt.Sprintf("holds impossible times for dataset %q; %s", id, freshStart)}
		}
	}
	return nil
}

func (l lookback) sound() bool {
	return l.Last >= 0 && (l.Began == 0 || l.Began > 0 && l.At > 0 && l.At <= l.To)
}

func (e *earlier) sound() bool {
	return e == nil || e.Start > 0 && e.Start <= e.At
}

// of refuses the state of another workspace, so that a sandbox's and a real
// one's, or two customers', cannot mix.
func (s *state) of(workspace string) error {
	if s.Workspace == workspace {
		return nil
	}
	return &StateError{fmt.Sprintf("belongs to workspace %q, and this access token to %q: use the token of %q; or, %s", s.Workspace, workspace, s.Workspace, freshStart)}
}

func (s *state) encode() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // no field of the state can fail to marshal
	}
	return string(text)
}

// addJob remembers a job in flight.
func (s *state) addJob(job savedJob) {
	s.dropJob(job.ID)
	s.Jobs = append(s.Jobs, job)
}

func (s *state) dropJob(id string) {
	s.Jobs = slices.DeleteFunc(s.Jobs, func(j savedJob) bool { return j.ID == id })
}

// young drops the jobs that are too old to be taken up.
func (s *state) young(now time.Time) {
	s.Jobs = slices.DeleteFunc(s.Jobs, func(j savedJob) bool {
		age := now.Unix() - j.AsOf
		return age < 0 || age >= int64(jobLife.Seconds())
	})
}
