package sandbox

import (
	"iter"
	"time"
)

// Truth yields the rows of a dataset that exports would hold now, with their
// present values: what a destination should hold after a perfect sync. Values
// are keyed by qualified id (by bare id where the attribute has none) and are
// as exported, with "" for null. Rows come in the order of an export. An
// unknown dataset has no rows.
func (s *Sandbox) Truth(dataset string) iter.Seq[Row] { return s.TruthAt(dataset, s.now()) }

// TruthAt is Truth at another moment, such as one at which rows that come late
// were not there yet.
func (s *Sandbox) TruthAt(dataset string, moment time.Time) iter.Seq[Row] {
	return s.reporting.Truth(dataset, moment)
}

// TruthMembership returns the membership of this moment; the sequences stay
// with it however the clock goes on.
func (s *Sandbox) TruthMembership() Membership {
	return s.people.Truth()
}

func (s *Sandbox) TruthDeletions() []Deletion { return s.reporting.Deletions(s.now()) }

// TruthReceipts yields the messages sent by now, in order of their sending,
// with all that has happened to them by now.
func (s *Sandbox) TruthReceipts() iter.Seq[Receipt] { return s.messages.Truth(s.now()) }

func (s *Sandbox) TruthTeammates() []Teammate { return s.mates.Teammates() }

func (s *Sandbox) TruthTeams() []Team { return s.mates.Teams() }
