// Package state is what lasts from one sync to the next: the JSON that travels with
// each checkpoint, and that Fivetran keeps.
//
// Each part of a sync has its own part of it, told where it is at home; here they
// are one text, with a version, and only of the workspace that it was written for.
package state

import (
	"encoding/json"
	"fmt"
	"strings"

	"intercom-connector/connector/deletion"
	"intercom-connector/connector/export"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/lookup"
	"intercom-connector/connector/sent"
	"intercom-connector/connector/snapshot"
)

// version is that of the state that this connector writes. Older ones must stay
// readable for ever; newer ones are refused.
const version = 2

// State is all that lasts from one sync to the next. It holds no secret and no
// row.
type State struct {
	Version   int    `json:"version"`
	Workspace string `json:"workspace"`
	// Zone is that in which the last sync read times; empty in states of before.
	Zone string `json:"zone,omitempty"`
	// Datasets and Jobs are the engine's: see export.State.
	Datasets map[string]*plan.State `json:"datasets,omitempty"`
	// Names are the datasets' columns as the state is written, since version 2.
	Names    names             `json:"names,omitempty"`
	deflated deflatedNames     // those of the last checkpoint
	Jobs     []export.SavedJob `json:"jobs,omitempty"`
	// Deletions is what tables were told of deleted conversations.
	Deletions *deletion.State `json:"deletions,omitempty"`
	// Sent is what the destination holds of the datasets.
	Sent sent.Memory `json:"sent,omitempty"`
	// Lookups is what was sent of teammates and teams.
	Lookups lookup.State `json:"lookups,omitempty"`
	// Memberships is the daily snapshot of segments and tags.
	Memberships *snapshot.State `json:"memberships,omitempty"`
	// Engagement is how far message engagement is read.
	Engagement *engagement.State `json:"engagement,omitempty"`
}

// Export is the engine's part; nil where there is no state.
func (s *State) Export() *export.State {
	if s == nil {
		return nil
	}
	return &export.State{Datasets: s.Datasets, Jobs: s.Jobs}
}

// Error says why a state cannot be used. It is never reset silently: that
// would read everything again, or mix two workspaces.
type Error struct{ Reason string }

func (e *Error) Error() string {
	return "the state of this connection " + e.Reason
}

const freshStart = "to start afresh, re-sync the connection (locally: --reset, or delete state.json)"

// Parse reads the state of the last sync; nil when there is none: absent,
// "" and "{}" all start afresh.
func Parse(text string) (*State, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, &Error{"is not a JSON object; " + freshStart}
	}
	if len(raw) == 0 {
		return nil, nil
	}
	var s State
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return nil, &Error{fmt.Sprintf("cannot be read (%v); %s", err, freshStart)}
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := s.Names.join(s.Datasets); err != nil {
		return nil, &Error{fmt.Sprintf("has names of columns that cannot be read (%v); %s", err, freshStart)}
	}
	s.Names = nil
	return &s, nil
}

// check refuses what no version of this connector could have written.
func (s *State) check() error {
	switch {
	case s.Version == 0:
		return &Error{"was not written by this connector; " + freshStart}
	case s.Version > version || s.Version < 0:
		return &Error{fmt.Sprintf("is of version %d, and this connector reads up to %d: run the newer connector; or %s", s.Version, version, freshStart)}
	case s.Workspace == "":
		return &Error{"names no workspace; " + freshStart}
	}
	for id, d := range s.Datasets {
		if !d.Sound() {
			return &Error{fmt.Sprintf("holds impossible times for dataset %q; %s", id, freshStart)}
		}
	}
	if !s.Deletions.Sound() {
		return &Error{"holds impossible times for deleted conversations; " + freshStart}
	}
	for id, t := range s.Sent {
		if t == nil {
			return &Error{fmt.Sprintf("remembers nothing possible of dataset %q; %s", id, freshStart)}
		}
	}
	if s.Engagement != nil && !s.Engagement.Sound() {
		return &Error{"holds impossible times for message engagement; " + freshStart}
	}
	return nil
}

// CheckWorkspace refuses the state of another workspace, so that a sandbox's and a real
// one's, or two customers', cannot mix.
func (s *State) CheckWorkspace(workspace string) error {
	if s.Workspace == workspace {
		return nil
	}
	return &Error{fmt.Sprintf("belongs to workspace %q, and this access token to %q: use the token of %q; or, %s", s.Workspace, workspace, s.Workspace, freshStart)}
}

// Encode writes the state, in this connector's version.
func (s *State) Encode() string {
	written := *s
	written.Version = version
	datasets, all := split(s.Datasets)
	written.Datasets, written.Names = datasets, s.deflated.of(all)
	text, err := json.Marshal(written)
	if err != nil {
		panic(err) // no field of the state can fail to marshal
	}
	return string(text)
}

// LengthWithoutSent is how long the state is but for what was sent of the datasets.
func (s *State) LengthWithoutSent() int {
	sent := s.Sent
	s.Sent = nil
	defer func() { s.Sent = sent }()
	return len(s.Encode())
}
