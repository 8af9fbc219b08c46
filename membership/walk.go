package membership

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/intercom/people"
	"intercom-connector/membership/rows"
	"intercom-connector/membership/tables"
)

// Config says how a walk reads.
type Config struct {
	// Client reads the workspace; its rate limit paces the walk.
	Client *intercom.Client
	// Log hears of restarts, waits and what could not be proven: names of
	// lists and counts, never a contact. Nil discards.
	Log *slog.Logger
	// Parallel is how many searches and contacts' tags are read at once; 0
	// means 6.
	Parallel int
	// Until is when the walk leaves its stages where they are, between two
	// pages; zero means never. See Run.
	Until time.Time
	// ReadBack gives back the keys of a table's rows that earlier walks have handed
	// out: the text of its key columns, valid until the next. A walk needs it to
	// go on from a place; nil where there is none. It may be asked for several
	// tables at the same time.
	ReadBack func(ctx context.Context, table string) iter.Seq2[[]string, error]
	// Warn hears what the user should know, once for each kind, without a value
	// of anybody's; nil means Log.
	Warn func(warning string)
	// Now is the clock of the times in membership_snapshot; nil means time.Now.
	Now func() time.Time
}

// State is a walk as it can be stored: JSON, some hundred bytes for each
// segment. A walk over it goes on where it was, with its date: at the next
// stage, or within one at its place.
type State struct {
	Date    string           `json:"date"`              // the snapshot's day in the workspace's zone, 2006-01-02
	At      time.Time        `json:"at"`                // when it began, UTC, to the second
	Counted []Count          `json:"counted,omitempty"` // the segments, where an earlier version of this program has counted them
	Done    map[Stage]Result `json:"done,omitempty"`
	Places  map[Stage]Place  `json:"places,omitempty"` // of the stages that Config.Until has cut off
}

// Count is how many members Intercom counts in a segment.
type Count struct {
	Segment string `json:"segment"`
	Of      string `json:"of,omitempty"` // person_type: contact, user, company; may be empty
	Members int    `json:"members"`      // or answer.Unknown
}

// Result is what a stage came to.
type Result struct {
	Rows     map[string]int64  `json:"rows"`               // handed out, by table
	Unproven []Proof           `json:"unproven,omitempty"` // lists that could not be proven complete
	Named    map[string]string `json:"named,omitempty"`    // segments that companies name, by id
	Known    []string          `json:"known,omitzero"`     // segments that there were when the search of their members began
	Finished time.Time         `json:"finished"`           // UTC
}

// Begin is the state of a walk that begins now: its date is that of the
// workspace's zone.
func Begin(now time.Time, zone *time.Location) State {
	return State{Date: now.In(zone).Format(time.DateOnly), At: now.UTC().Truncate(time.Second)}
}

// Walk reads one snapshot. Its stages may run at the same time, each once.
type Walk struct {
	config Config

	mu    sync.Mutex
	state State
}

// New returns a walk that begins, or goes on, at a state.
func New(cfg Config, s State) *Walk {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Parallel <= 0 {
		cfg.Parallel = 6
	}
	if cfg.Warn == nil {
		cfg.Warn = func(warning string) { cfg.Log.Warn(warning) }
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Walk{config: cfg, state: s.clone()}
}

// State is a copy of where the walk is.
func (w *Walk) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.clone()
}

func (s State) clone() State {
	s.Counted, s.Done, s.Places = slices.Clone(s.Counted), maps.Clone(s.Done), maps.Clone(s.Places)
	return s
}

// Complete reports whether every list of the stages done was proven complete.
func (s State) Complete() bool {
	for _, r := range s.Done {
		if len(r.Unproven) > 0 {
			return false
		}
	}
	return true
}

// Rows is how many rows the stages done have handed out, by table.
func (s State) Rows() map[string]int64 {
	rows := map[string]int64{}
	for _, r := range s.Done {
		maps.Copy(rows, r.Rows)
	}
	return rows
}

// Stand gives a stage another result than that of its run: of rows that stand in place
// of those that it has handed out.
func (w *Walk) Stand(stage Stage, r Result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = w.state.clone()
	w.state.Done[stage] = r
}

// Run reads a stage and hands each of its rows to emit, once, never two at a
// time; emit's error ends the stage and is returned. Rows go out as they come,
// before the stage is proven complete. A stage that fails or is cut off is not
// done and starts anew when it is run again, with rows already handed out
// coming again. A stage that cannot be proven complete is no error: its Result
// says so. The error of a call is an *intercom.Error.
//
// At Config.Until the stage ends with ErrOver, after the page whose rows are
// being handed out, and the state has its place: what was handed out counts, and
// the stage goes on there when it is run by a walk over that state. Any other
// error leaves the place, if there was one, as it was.
func (w *Walk) Run(ctx context.Context, stage Stage, emit func(tables.Row) error) error {
	out, err := w.output(stage, emit)
	if err != nil {
		return err
	}
	within, stop := w.within(ctx)
	defer stop()
	unproven, err := w.read(ctx, within, stage, out)
	if b, ok := errors.AsType[*bug](err); ok {
		w.config.Log.Error("a bug stopped the walk", "stage", string(stage), "stack", string(b.stack))
		panic(b.value)
	}
	if err != nil && out.failed == nil && ctx.Err() == nil && errors.Is(context.Cause(within), ErrOver) {
		w.leave(stage, out)
		err = ErrOver
	}
	if err != nil {
		return &StageError{Stage: stage, Err: err, alone: out.failed == nil && within.Err() == nil && concernsOneList(err)}
	}
	for _, warning := range out.warnings() {
		w.config.Warn(warning)
	}
	for _, p := range unproven {
		w.config.Log.Warn("a list could not be proven complete", "list", listName(p.List), "met", p.Walked, "counted_before", p.Before, "counted_after", p.After, "why", p.Why)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = w.state.clone()
	if w.state.Done == nil {
		w.state.Done = map[Stage]Result{}
	}
	delete(w.state.Places, stage)
	w.state.Done[stage] = Result{Rows: out.rows, Unproven: unproven, Named: out.named, Known: out.known, Finished: w.now()}
	return nil
}

// StageError is a stage that could not be read.
type StageError struct {
	Stage Stage
	Err   error // of a call: an *intercom.Error

	alone bool
}

func (e *StageError) Error() string { return fmt.Sprintf("membership: reading %s: %v", e.Stage, e.Err) }

func (e *StageError) Unwrap() error { return e.Err }

// Alone reports that the failure is this stage's own, such as a list that is
// forbidden or a scroll that another integration holds: the other stages may go
// on. It is not where the token is refused, the receiver failed, or the walk's
// context or time is over.
func (e *StageError) Alone() bool { return e.alone }

func concernsOneList(err error) bool {
	e, ok := errors.AsType[*intercom.Error](err)
	return !ok || !e.Unauthorized()
}

func (w *Walk) now() time.Time { return w.config.Now().UTC().Truncate(time.Second) }

func (w *Walk) read(ctx, within context.Context, stage Stage, out *output) ([]Proof, error) {
	switch stage {
	case Segments:
		return w.segments(within, out)
	case Tags:
		return w.tags(within, out)
	case Contacts:
		return w.contacts(within, out)
	case ContactSegments:
		return w.contactSegments(within, out)
	case Companies:
		return w.companies(ctx, within, out)
	case Snapshot:
		return nil, w.snapshot(out)
	}
	return nil, fmt.Errorf("there is no such stage; there are %v", Stages())
}

func (w *Walk) tags(ctx context.Context, out *output) ([]Proof, error) {
	tags, why, err := people.Tags(ctx, w.config.Client)
	if err != nil {
		return nil, err
	}
	for _, t := range tags {
		if err := out.row(rows.Tag(t)); err != nil {
			return nil, err
		}
	}
	return short("tags", len(tags), why), nil
}

// bug is a panic of one of the walk's goroutines. There it would end the
// process, and with it everybody else's work; Run panics with it again where
// the caller can recover.
type bug struct {
	value any
	stack []byte
}

func (b *bug) Error() string { return "a bug stopped the walk" }

// caught runs f and makes a panic its error.
func caught(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &bug{value, debug.Stack()}
		}
	}()
	return f()
}
