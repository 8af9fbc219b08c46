package membership

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"intercom-connector/intercom"
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
	// Now is the clock of the times in membership_snapshot; nil means time.Now.
	Now func() time.Time
}

// State is a walk as it can be stored: JSON, some bytes for each segment. A
// walk over it goes on where it was, with its date, at the next stage.
type State struct {
	Date    string           `json:"date"`              // the snapshot's day in the workspace's zone, 2006-01-02
	At      time.Time        `json:"at"`                // when it began, UTC, to the second
	Counted []Count          `json:"counted,omitempty"` // the segments, once the stage Segments is done
	Done    map[Stage]Result `json:"done,omitempty"`
}

// Count is how many members Intercom counts in a segment.
type Count struct {
	Segment string `json:"segment"`
	Of      string `json:"of,omitempty"` // person_type: contact, user, company; may be empty
	Members int    `json:"members"`
}

// Result is what a stage came to.
type Result struct {
	Rows     map[string]int64 `json:"rows"`               // handed out, by table
	Unproven []Proof          `json:"unproven,omitempty"` // lists that could not be proven complete
	Finished time.Time        `json:"finished"`           // UTC
}

// Begin is the state of a walk that begins now: its date is that of the
// workspace's zone.
func Begin(now time.Time, zone *time.Location) State {
	return State{Date: now.In(zone).Format(time.DateOnly), At: now.UTC().Truncate(time.Second)}
}

// Walk reads one snapshot. Its stages may run at the same time, each once.
type Walk struct {
	Config

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
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Walk{Config: cfg, state: s.clone()}
}

// State is a copy of where the walk is.
func (w *Walk) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.clone()
}

func (s State) clone() State {
	s.Counted, s.Done = slices.Clone(s.Counted), maps.Clone(s.Done)
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

// Run reads a stage and hands each of its rows to emit, once, never two at a
// time; emit's error ends the stage and is returned. Rows go out as they come,
// before the stage is proven complete. A stage that fails or is cut off is not
// done and starts anew when it is run again, with rows already handed out
// coming again. A stage that cannot be proven complete is no error: its Result
// says so. The error of a call is an *intercom.Error.
func (w *Walk) Run(ctx context.Context, stage Stage, emit func(Row) error) error {
	if _, done := w.State().Done[stage]; done {
		return fmt.Errorf("membership: the stage %s of the snapshot of %s is done already", stage, w.State().Date)
	}
	out := &output{emit: emit, rows: map[string]int64{}}
	for _, table := range stage.Tables() {
		out.rows[table] = 0
	}
	unproven, err := w.read(ctx, stage, out)
	if b, ok := errors.AsType[*bug](err); ok {
		w.Log.Error("a bug stopped the walk", "stage", string(stage), "stack", string(b.stack))
		panic(b.value)
	}
	if err != nil {
		return fmt.Errorf("membership: reading %s: %w", stage, err)
	}
	for _, p := range unproven {
		w.Log.Warn("a list could not be proven complete", "list", p.List, "met", p.Walked, "counted_before", p.Before, "counted_after", p.After)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Done = maps.Clone(w.state.Done)
	if w.state.Done == nil {
		w.state.Done = map[Stage]Result{}
	}
	w.state.Done[stage] = Result{Rows: out.rows, Unproven: unproven, Finished: w.now()}
	return nil
}

func (w *Walk) now() time.Time { return w.Now().UTC().Truncate(time.Second) }

func (w *Walk) read(ctx context.Context, stage Stage, out *output) ([]Proof, error) {
	switch stage {
	case Segments:
		return nil, w.segments(ctx, out)
	case Tags:
		return nil, w.tags(ctx, out)
	case Contacts:
		return w.contacts(ctx, out)
	case ContactSegments:
		return w.contactSegments(ctx, out)
	case Companies:
		return w.companies(ctx, out)
	case Snapshot:
		return nil, w.snapshot(out)
	}
	return nil, fmt.Errorf("there is no such stage; there are %v", Stages())
}

// output counts what it hands out.
type output struct {
	mu   sync.Mutex
	emit func(Row) error
	rows map[string]int64
}

func (o *output) row(r Row) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.emit(r); err != nil {
		return err
	}
	o.rows[r.Table]++
	return nil
}

func (w *Walk) segments(ctx context.Context, out *output) error {
	segments, err := w.Client.Segments(ctx)
	if err != nil {
		return err
	}
	for _, s := range segments {
		if err := out.row(segmentRow(s)); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Counted = counts(segments)
	return nil
}

func counts(segments []intercom.Segment) []Count {
	counted := make([]Count, 0, len(segments))
	for _, s := range segments {
		counted = append(counted, Count{Segment: s.ID, Of: s.PersonType, Members: s.Count})
	}
	return counted
}

func (w *Walk) tags(ctx context.Context, out *output) error {
	tags, err := w.Client.Tags(ctx)
	if err != nil {
		return err
	}
	for _, t := range tags {
		if err := out.row(tagRow(t)); err != nil {
			return err
		}
	}
	return nil
}
