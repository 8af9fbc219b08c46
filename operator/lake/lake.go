// Package lake keeps dated tables as files that SQL engines read in place.
//
// A [Lake] is a root in a [Store]. A table's day is some parts of
// newline-delimited JSON and one publication that names them:
//
//	contact/dt=2026-05-04/20260504T020003Z-9f3c11-00000.ndjson.gz
//	_published/contact/dt=2026-05-04.json
//
// A part's name begins with the run that began its table. A reader takes only
// the parts of the run that the publication names, so half-written days do not
// exist for it; package views does this for DuckDB, a view over "$path" does it in
// Athena. The same day again publishes the new run and then removes the old
// one's parts.
//
// One run writes to a lake at a time, under the store's lock. It first notes
// in _runs what it is about to write, then writes all parts, then adds the
// publications to its note: from that moment it counts. Whoever comes next
// finishes what a dead run had decided and removes what it had not, by its
// note: an interruption at any point, of a machine too, leaves either the whole
// old state or the whole new one.
//
// A snapshot may take several runs. What one has read, whole tables and halves,
// stays in the lake with its note until another goes on with it: see
// [Lake.Resume]. Runs that do something else leave it alone.
//
// What a part is made of is package part's, what SQL engines see package views',
// what looks at all of a lake package audit's, and who is removed from it package
// erase's.
package lake

import (
	"log/slog"
	"time"
)

// Lake is a root of dated tables. It is safe for concurrent use; one run at a
// time writes to it, whatever the process or machine.
type Lake struct {
	store Store
	log   *slog.Logger
	now   func() time.Time

	workspace, version string
}

// Options of a lake.
type Options struct {
	Log *slog.Logger     // hears what is recovered and removed; nil discards
	Now func() time.Time // names runs and dates publications; nil means time.Now
	// Workspace is whose lake it is, or is to be; what writes for another is
	// refused. Empty for what writes for none, such as an erasure.
	Workspace string
	Version   string // of this program
}

// New opens the lake of a store.
func New(store Store, o Options) *Lake {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Lake{store: store, log: o.Log, now: o.Now, workspace: o.Workspace, version: o.Version}
}

// Log hears of what is recovered and removed.
func (l *Lake) Log() *slog.Logger { return l.log }

func (l *Lake) Now() time.Time { return l.now() }
