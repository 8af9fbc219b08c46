package table

import (
	"strconv"
	"strings"
	"unicode"

	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/directory"
	"intercom-connector/sandbox/random"
	"intercom-connector/sandbox/workspace"
)

// The kinds of cell that the built-in columns are made of. Each takes the
// column's qualified id (nothing before the dot where Intercom's is not known) and
// its name ("" is made of the id).

// newColumn makes a column; plain cells never need quotes.
func newColumn(qualified, name string, plain bool, cell func(b []byte, r *Row) []byte) Column {
	c := Column{ID: workspace.BareID(qualified), Qualified: qualified, Name: name, Plain: plain, Cell: cell}
	if qualified[0] == '.' {
		c.Qualified = "standard" + qualified
	}
	c.Listed = c.Qualified
	if c.Name == "" {
		c.Name = NameOf(c.ID)
	}
	return c
}

// NameOf makes a display name of an id: Handling time of handling_time.
func NameOf(id string) string {
	words := []rune(strings.ReplaceAll(id, "_", " "))
	words[0] = unicode.ToUpper(words[0])
	return string(words)
}

// Text is any text; the function appends it, or nothing for null.
func Text(qualified, name string, cell func(b []byte, r *Row) []byte) Column {
	return newColumn(qualified, name, false, cell)
}

// Named is a display name or another fixed text; "" for null.
func Named(qualified, name string, of func(r *Row) string) Column {
	return Text(qualified, name, func(b []byte, r *Row) []byte { return append(b, of(r)...) })
}

// Labelled is an enum's value in the workspace's language.
func Labelled(qualified, name string, of func(r *Row) conversation.Label) Column {
	return Text(qualified, name, func(b []byte, r *Row) []byte { return append(b, of(r)[r.Render.Language]...) })
}

// Stamped is a timestamp in Unix seconds; null while 0 or still to come.
func Stamped(qualified, name string, of func(r *Row) int64) Column {
	return newColumn(qualified, name, true, func(b []byte, r *Row) []byte {
		if t := of(r); conversation.Passed(t, r.At) {
			return r.Render.Stamp(b, t)
		}
		return b
	})
}

// Counted is a whole number, such as a count or an id; null below 0.
func Counted(qualified, name string, of func(r *Row) int64) Column {
	return newColumn(qualified, name, true, func(b []byte, r *Row) []byte {
		if n := of(r); n >= 0 {
			return strconv.AppendInt(b, n, 10)
		}
		return b
	})
}

// Scored is a rating; null while 0.
func Scored(qualified, name string, of func(r *Row) uint8) Column {
	return Counted(qualified, name, func(r *Row) int64 { return int64(of(r)) - Unless(of(r) > 0) })
}

// Unless is 0 if the condition holds, and otherwise 1.
func Unless(condition bool) int64 {
	if condition {
		return 0
	}
	return 1
}

// Measured is the seconds between two events; null until both have passed.
func Measured(qualified, name string, of func(r *Row) (from, to int64)) Column {
	return lasting(qualified, name, of, 10)
}

// MeasuredInOffice is measured, but counts office hours only: four tenths here.
func MeasuredInOffice(qualified, name string, of func(r *Row) (from, to int64)) Column {
	return lasting(qualified, name, of, 4)
}

func lasting(qualified, name string, of func(r *Row) (from, to int64), tenths int64) Column {
	return Text(qualified, name, func(b []byte, r *Row) []byte {
		from, to := of(r)
		if !conversation.Passed(from, r.At) || !conversation.Passed(to, r.At) || to < from {
			return b
		}
		return r.Render.Duration(b, (to-from)*tenths)
	})
}

// Truth is true or false.
func Truth(qualified, name string, of func(r *Row) bool) Column {
	return Either(qualified, name, of, conversation.Yes, conversation.No)
}

// Either is one label where a condition holds, and another where it does not.
func Either(qualified, name string, holds func(r *Row) bool, one, other conversation.Label) Column {
	return Labelled(qualified, name, func(r *Row) conversation.Label {
		if holds(r) {
			return one
		}
		return other
	})
}

// When is what of gives where a condition holds, and otherwise nothing.
func When[V any](holds func(r *Row) bool, of func(r *Row) V) func(r *Row) V {
	return func(r *Row) (value V) {
		if holds(r) {
			value = of(r)
		}
		return value
	}
}

// Custom is an attribute that has nothing to do with the story: one of the
// values in permille of a thousand rows, otherwise null. The salt keeps
// columns apart.
func Custom(qualified string, permille int64, values ...string) Column {
	salt := random.SaltOf(qualified)
	return Named(qualified, "", func(r *Row) string {
		draw := r.Conversation.Seed.At(salt, 1)
		if !draw.Chance(permille) {
			return ""
		}
		return values[draw.Below(int64(len(values)))]
	})
}

// Remark is free text of one to three phrases, when there is any.
func Remark(qualified, name string, permille int64, when func(r *Row) bool) Column {
	salt := random.SaltOf(qualified)
	return Text(qualified, name, func(b []byte, r *Row) []byte {
		if !when(r) {
			return b
		}
		draw := r.Conversation.Seed.At(salt, 2)
		if !draw.Chance(permille) {
			return b
		}
		return AppendPhrases(b, &draw)
	})
}

// AppendPhrases appends one to three phrases.
func AppendPhrases(b []byte, draw *random.Source) []byte {
	for i := range 1 + draw.Below(3) {
		if i > 0 {
			b = append(b, ". "...)
		}
		b = append(b, directory.Phrases[draw.Below(int64(len(directory.Phrases)))]...)
	}
	return b
}

// Several is a list in one field, separated by commas.
func Several(qualified, name string, permille int64, values []string) Column {
	salt := random.SaltOf(qualified)
	return Text(qualified, name, func(b []byte, r *Row) []byte {
		draw := r.Conversation.Seed.At(salt, 3)
		if !draw.Chance(permille) {
			return b
		}
		b = append(b, values[draw.Below(int64(len(values)))]...)
		for draw.Chance(300) {
			b = append(append(b, ", "...), values[draw.Below(int64(len(values)))]...)
		}
		return b
	})
}
