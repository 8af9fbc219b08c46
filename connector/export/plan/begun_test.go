package plan

import (
	"testing"
	"time"
)

func utcDays(t int64) (from, to int64) {
	d := DayOf(time.Unix(t, 0), time.UTC)
	return d.Start.Unix(), d.End.Unix()
}

// A window of an earlier run that ends where today begins does not stand for
// today: today is read too.
func TestTodayIsReadAfterABegunWindow(t *testing.T) {
	now := at("2026-03-10T12:00:00Z")
	state := NewState(epoch("2026-03-07T00:00:00Z"), epoch("2026-03-07T00:00:00Z"), now.Unix())
	p := New(state, now, time.UTC, 0, 0, utcDays, nil)
	begun := []Begun{{epoch("2026-03-07T00:00:00Z"), epoch("2026-03-10T00:00:00Z")}}
	if w := p.Next(begun); w.String() != "2026-03-07T00:00:00Z to 2026-03-10T00:00:00Z" {
		t.Errorf("first %v", w)
	}
	if w := p.Next(nil); w == nil || w.String() != "2026-03-10T00:00:00Z to 2026-03-10T12:00:00Z" {
		t.Errorf("then %v", w)
	}
}

// A window of an earlier run that ends within today, such as the first half of one
// that was split, does not stand for today either.
func TestTodayIsReadAfterAPartOfIt(t *testing.T) {
	now := at("2026-03-10T12:00:00Z")
	state := NewState(epoch("2026-03-10T00:00:00Z"), epoch("2026-03-10T00:00:00Z"), now.Unix())
	p := New(state, now, time.UTC, 0, 0, utcDays, nil)
	if w := p.Next([]Begun{{epoch("2026-03-10T00:00:00Z"), epoch("2026-03-10T06:00:00Z")}}); w.String() != "2026-03-10T00:00:00Z to 2026-03-10T06:00:00Z" {
		t.Errorf("first %v", w)
	}
	if w := p.Next(nil); w == nil || w.String() != "2026-03-10T06:00:00Z to 2026-03-10T12:00:00Z" {
		t.Errorf("then %v", w)
	}
}
