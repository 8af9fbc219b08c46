package sandbox

import "strconv"

// The kinds of cell that the built-in columns are made of. Each takes the
// column's qualified id ("" before the dot where Intercom's is not known) and
// its name ("" is rendered as null).

func newColumn(qualified, name string, plain bool, cell func(b []byte, r *row) []byte) column {
	c := column{id: bareID(qualified), qualified: qualified, name: name, plain: plain, cell: cell}
	if c.qualified[0] == '.' {
		c.qualified = ""
	}
	return c
}

// text is any text; the function appends it, or nothing for null.
func text(qualified, name string, cell func(b []byte, r *row) []byte) column {
	return newColumn(qualified, name, false, cell)
}

// named is a display name or another fixed text; "" for null.
func named(qualified, name string, of func(r *row) string) column {
	return text(qualified, name, func(b []byte, r *row) []byte { return append(b, of(r)...) })
}

// labelled is an enum's value in the workspace's language.
func labelled(qualified, name string, of func(r *row) label) column {
	return text(qualified, name, func(b []byte, r *row) []byte { return append(b, of(r)[r.render.language]...) })
}

// stamped is a timestamp in Unix seconds; null while 0 or still to come.
func stamped(qualified, name string, of func(r *row) int64) column {
	return newColumn(qualified, name, true, func(b []byte, r *row) []byte {
		if t := of(r); passed(t, r.at) {
			return r.render.stamp(b, t)
		}
		return b
	})
}

// counted is a whole number, such as a count or an id; null below 0.
func counted(qualified, name string, of func(r *row) int64) column {
	return newColumn(qualified, name, true, func(b []byte, r *row) []byte {
		if n := of(r); n >= 0 {
			return strconv.AppendInt(b, n, 10)
		}
		return b
	})
}

// scored is a rating; null while 0.
func scored(qualified, name string, of func(r *row) uint8) column {
	return counted(qualified, name, func(r *row) int64 { return int64(of(r)) - unless(of(r) > 0) })
}

// unless is 0 if the condition holds, and otherwise 1.
func unless(condition bool) int64 {
	if condition {
		return 0
	}
	return 1
}

// measured is the seconds between two events; null until both have passed.
func measured(qualified, name string, of func(r *row) (from, to int64)) column {
	return lasting(qualified, name, of, 10)
}

// measuredInOffice is measured, but counts office hours only: four tenths here.
func measuredInOffice(qualified, name string, of func(r *row) (from, to int64)) column {
	return lasting(qualified, name, of, 4)
}

func lasting(qualified, name string, of func(r *row) (from, to int64), tenths int64) column {
	return text(qualified, name, func(b []byte, r *row) []byte {
		from, to := of(r)
		if !passed(from, r.at) || !passed(to, r.at) || to < from {
			return b
		}
		return r.render.duration(b, (to-from)*tenths)
	})
}

// truth is true or false.
func truth(qualified, name string, of func(r *row) bool) column {
	return labelled(qualified, name, func(r *row) label {
		if of(r) {
			return yes
		}
		return no
	})
}

// custom is an attribute that has nothing to do with the story: one of the
// values in permille of a thousand rows, otherwise null. The salt keeps
// columns apart.
func custom(qualified string, permille int64, values ...string) column {
	salt := saltOf(qualified)
	return named(qualified, "", func(r *row) string {
		draw := r.conversation.seed.at(salt, 1)
		if !draw.chance(permille) {
			return ""
		}
		return values[draw.below(int64(len(values)))]
	})
}

// remark is free text of one to three phrases, when there is any.
func remark(qualified, name string, permille int64, when func(r *row) bool) column {
	salt := saltOf(qualified)
	return text(qualified, name, func(b []byte, r *row) []byte {
		if !when(r) {
			return b
		}
		draw := r.conversation.seed.at(salt, 2)
		if !draw.chance(permille) {
			return b
		}
		return appendPhrases(b, &draw)
	})
}

func appendPhrases(b []byte, draw *random) []byte {
	for i := range 1 + draw.below(3) {
		if i > 0 {
			b = append(b, ". "...)
		}
		b = append(b, phrases[draw.below(int64(len(phrases)))]...)
	}
	return b
}

// several is a list in one field, separated by commas.
func several(qualified, name string, permille int64, values []string) column {
	salt := saltOf(qualified)
	return text(qualified, name, func(b []byte, r *row) []byte {
		draw := r.conversation.seed.at(salt, 3)
		if !draw.chance(permille) {
			return b
		}
		b = append(b, values[draw.below(int64(len(values)))]...)
		for draw.chance(300) {
			b = append(append(b, ", "...), values[draw.below(int64(len(values)))]...)
		}
		return b
	})
}

// saltOf is the FNV-1a hash of a column's id.
func saltOf(id string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	return h
}
