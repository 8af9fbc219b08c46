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

// What is left is guessed as windows are cut: one for spans that touch, and windows
// that double for a backfill.
func TestLeft(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	fresh := NewState(now.AddDate(0, 0, -30).Unix(), now.AddDate(0, 0, -30).Unix(), now.Unix())
	span, jobs := New(fresh, now, time.UTC, 0, 0, nil, nil).Left()
	if span != 30*24*time.Hour || jobs < 9 || jobs > 12 {
		t.Errorf("a month of a first run: %v in %d jobs", span, jobs)
	}
	if _, jobs := New(fresh, now, time.UTC, 0, 24*time.Hour, nil, nil).Left(); jobs != 30 {
		t.Errorf("a month in days: %d jobs", jobs)
	}
	read := NewState(now.AddDate(0, 0, -30).Unix(), now.AddDate(0, 0, -30).Unix(), now.Unix())
	read.Cursor, read.Width = now.Add(-2*time.Hour).Unix(), int64((31 * 24 * time.Hour).Seconds())
	if span, jobs := New(read, now, time.UTC, 30, 0, nil, nil).Left(); jobs != 1 || span < 24*time.Hour {
		t.Errorf("a plain run: %v in %d jobs", span, jobs)
	}
}
