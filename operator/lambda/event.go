package lambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Event asks for today's snapshot, for what is not published of it or not proven, and
// then, where they are configured, for the exports. The zero value, {}, is what the
// schedule sends.
type Event struct {
	// Again asks for today's though it is published or given up.
	Again bool `json:"again,omitempty"`
	// Day is the snapshot to go on with, 2006-01-02: what an invocation tells
	// the next one.
	Day string `json:"day,omitempty"`
	// Exports is how many invocations the exports have had that are gone on with:
	// what an invocation tells the next one, also through one that goes on with a
	// snapshot.
	Exports int `json:"exports,omitempty"`
}

// unprovenEvery is after how many invocations of the exports what is not proven of
// today's snapshot is read again, about two hours: it can only be had today, and they
// any day. More often, and a list that cannot be proven would leave them no time.
const unprovenEvery = 8

// readsUnproven says that what is published of today and not proven is read again.
func (e Event) readsUnproven() bool { return e.Day == "" && e.Exports%unprovenEvery == 0 }

// parseEvent refuses what it does not know: an event that is not understood
// might ask for something else.
func parseEvent(data []byte) (Event, error) {
	var e Event
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return e, fmt.Errorf(`the event is not understood, it should be {}, {"again": true} or {"day": "2026-05-04"}: %w`, err)
	}
	if _, err := time.Parse(time.DateOnly, e.Day); e.Day != "" && err != nil {
		return e, fmt.Errorf("the event's day %q is not a date such as 2026-05-04", e.Day)
	}
	if e.Exports < 0 {
		return e, fmt.Errorf("the event's exports are %d, which is no count", e.Exports)
	}
	if e.Again && e.Day != "" {
		return e, errors.New(`the event has both "again" and "day": a day can be gone on with or begun again`)
	}
	return e, nil
}
