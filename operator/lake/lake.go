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

// Now is the lake's clock.
func (l *Lake) Now() time.Time { return l.now() }
