package export

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/plan"
)

// A window with more keys than can be counted is read in halves.
func TestTooManyKeysSplitTheWindow(t *testing.T) {
	now := time.Unix(2_000_003_601, 0)
	state := plan.NewState(2_000_000_000, 2_000_000_000, now.Unix())
	state.Width = 3601
	r := &Run{config: Config{Now: now, Zone: time.UTC, Log: slog.New(slog.DiscardHandler)}}
	d := &datasetRun{selected: dataset.Selected{Table: &dataset.Table{Dataset: "call"}}, state: state}
	d.plan = plan.New(state, now, time.UTC, 0, 0, nil, nil)
	w := d.next(nil)
	if !r.again(w, fmt.Errorf("window: %w", csv.ErrTooManyKeys)) {
		t.Fatal("not split")
	}
	var got []string
	for _, w := range d.queue {
		got = append(got, fmt.Sprint(w.planned.Start-state.Floor, "-", w.planned.End-state.Floor))
	}
	if diff := cmp.Diff([]string{"0-1800", "1800-3601"}, got); diff != "" {
		t.Error(diff)
	}
	if state.Width != 1800 || !state.Cut {
		t.Errorf("the next windows are %d seconds long", state.Width)
	}
	if r.again(d.queue[0], errors.New("some other error")) {
		t.Error("an error that nobody knows is tried again")
	}
}
