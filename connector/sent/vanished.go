package sent

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

// What is gone from a span can only be deleted by its key, so that where that is
// wanted the keys of rows are kept too. They are never forgotten before a row is
// sent: a key that is remembered too many harms nobody, since only what a reading
// of its span does not show is deleted.

// held are keys of rows that the destination may hold, of a span of time: each is
// behind its row's second in eight bytes, see timed.
type held struct {
	from, to int64
	// since is when a reading first did not show them; 0 while the last one did.
	since int64
	keys  Keys
}

const secondBytes = 8

// timed is a key behind its second.
func timed(second int64, key []byte) string {
	return string(append(binary.BigEndian.AppendUint64(nil, uint64(second)^1<<63), key...))
}

// secondOf is the second of a timed key.
func secondOf(key []byte) int64 {
	if len(key) < secondBytes {
		return minTime
	}
	return int64(binary.BigEndian.Uint64(key) ^ 1<<63)
}

// agreeing is how far two readings lie apart at least that must both be without a
// row before it is deleted: one bad night must empty nothing, and what Intercom
// does not show for an hour comes back.
const agreeing = day / 2

// Keyed says how keys are written from now on. Where it was otherwise, keys are
// forgotten.
func (t *Table) Keyed(shape string) {
	if t.keyed != shape {
		t.keyed, t.held = shape, nil
	}
}

// Key says which key the row has that is asked about next. Needed is false where
// nobody needs it.
func (r *Comparison) Key(second int64, key func() []byte) {
	if r.present == nil || r.again && !r.all || !r.window.holds(second) {
		return
	}
	piece := -1
	if r.growing(second) != nil {
		piece = r.last
	} else if !r.holds {
		return // nobody will read it again
	}
	timed := timed(second, key())
	if r.present[timed] = piece; len(r.present) > r.window.Keys || len(timed) > longestKey {
		r.present, r.tooMany = nil, true
	}
}

// FindVanished gives the keys of rows that the destination holds, and that neither this
// reading shows nor one half a day before it. It is for when the last row has been
// read.
func (r *Comparison) FindVanished() (keys []string) {
	if r.present == nil || r.strange || r.Emptied() > 0 {
		return nil
	}
	r.settled, r.after = true, nil
	vanished := map[string]struct{}{}
	for _, h := range r.table.held {
		r.after = append(r.after, r.compareHeld(h, vanished)...)
	}
	r.leaveMoved(vanished)
	return slices.Sorted(maps.Keys(vanished))
}

// Emptied is how many rows were there where the reading shows none at all, if they are
// many: then it is more likely that Intercom's exports come empty, for however long, than
// that all are gone, and nothing has vanished; else 0.
func (r *Comparison) Emptied() (rows int) {
	if r.present == nil || len(r.present) > 0 {
		return 0
	}
	for _, h := range r.table.held {
		if !h.overlaps(r.window) {
			continue
		}
		_ = h.keys.Each(func(key []byte) {
			if r.window.holds(secondOf(key)) {
				rows++
			}
		})
	}
	if rows <= mostEmptied {
		return 0
	}
	return rows
}

// mostEmptied is how many rows may vanish all at once and leave none.
const mostEmptied = 100

// overlaps says whether the span has a second of the window.
func (h held) overlaps(w Window) bool { return h.from < w.To && w.From < h.to }

// holds says whether the window has the second.
func (w Window) holds(second int64) bool { return w.From <= second && second < w.To }

// compareHeld is what is held of keys after the reading, besides what it has shown.
func (r *Comparison) compareHeld(h held, vanished map[string]struct{}) (after []held) {
	if !h.overlaps(r.window) {
		return []held{h}
	}
	h.since = min(h.since, r.window.Now) // a clock was set back
	outside, missing := map[string]struct{}{}, map[string]struct{}{}
	_ = h.keys.Each(func(key []byte) { // they were read once, when they were taken up
		second := secondOf(key)
		_, shown := r.present[string(key)]
		switch {
		case shown:
		case !r.window.holds(second):
			outside[string(key)] = struct{}{}
		case h.since > 0 && r.window.Now-h.since >= agreeing:
			vanished[string(key[min(secondBytes, len(key)):])] = struct{}{}
		default:
			missing[string(key)] = struct{}{}
		}
	})
	if len(outside) > 0 {
		after = append(after, held{h.from, h.to, h.since, Pack(outside)})
	}
	if len(missing) > 0 {
		if h.since == 0 {
			h.since = r.window.Now
		}
		after = append(after, held{h.from, h.to, h.since, Pack(missing)})
	}
	return after
}

// leaveMoved takes out keys of rows that have another time now.
func (r *Comparison) leaveMoved(vanished map[string]struct{}) {
	if len(vanished) == 0 {
		return
	}
	for key := range r.present {
		delete(vanished, key[secondBytes:])
	}
	for _, h := range r.after {
		if h.since == 0 {
			_ = h.keys.Each(func(key []byte) { delete(vanished, string(key[min(secondBytes, len(key)):])) })
		}
	}
}

// hold remembers the keys of a window that was read.
func (r *Comparison) hold() {
	if r.tooMany {
		r.table.held, r.table.tooMany = nil, true
		return
	}
	if !r.settled {
		return
	}
	r.table.held = append(r.after, r.shown()...)
	r.table.held = slices.DeleteFunc(r.table.held, func(h held) bool { return h.to <= r.window.Since })
}

// shown are the keys that the reading has shown.
func (r *Comparison) shown() (all []held) {
	pieces := make([]map[string]struct{}, len(r.grown))
	for key, i := range r.present {
		if i < 0 {
			continue
		}
		if pieces[i] == nil {
			pieces[i] = map[string]struct{}{}
		}
		pieces[i][key] = struct{}{}
	}
	for i, set := range pieces {
		if len(set) > 0 {
			all = append(all, held{from: r.grown[i].from, to: r.grown[i].to, keys: Pack(set)})
		}
	}
	return all
}

// abandon holds what a reading has shown that did not come to its end: rows of it
// may have been sent. Keys are held once, however often that happens.
func (t *Table) abandon() {
	r := t.comparison
	if r == nil {
		return
	}
	var all []held
	for _, h := range t.held {
		all = append(all, h.without(r)...)
	}
	t.held, t.comparison = append(all, r.shown()...), nil
}

// without is what is held besides the keys that a reading has shown and holds itself.
func (h held) without(r *Comparison) []held {
	if !h.overlaps(r.window) {
		return []held{h}
	}
	rest := map[string]struct{}{}
	_ = h.keys.Each(func(key []byte) {
		if piece, shown := r.present[string(key)]; !shown || piece < 0 {
			rest[string(key)] = struct{}{}
		}
	})
	switch len(rest) {
	case 0:
		return nil
	case h.keys.Len():
		return []held{h}
	}
	return []held{{h.from, h.to, h.since, Pack(rest)}}
}

// FitKeys forgets the keys of whole datasets until those that are left take so many
// bytes at the most, and names the datasets of which they do not fit.
func (m Memory) FitKeys(bytes int) (tooMany []string) {
	total := 0
	sizes := map[string]int{}
	for dataset, t := range m {
		for _, h := range t.held {
			sizes[dataset] += h.keys.Bytes()
		}
		total += sizes[dataset]
	}
	for total > bytes {
		largest := ""
		for dataset, size := range sizes {
			if size > sizes[largest] || size == sizes[largest] && dataset < largest {
				largest = dataset
			}
		}
		m[largest].held, m[largest].tooMany = nil, true
		total -= sizes[largest]
		delete(sizes, largest)
	}
	for dataset, t := range m {
		if t.tooMany {
			tooMany = append(tooMany, dataset)
			t.tooMany = false
		}
	}
	slices.Sort(tooMany)
	return tooMany
}

// appendHeld appends spans and their keys: the seconds from the last one's start,
// the length, since, and the keys.
func appendHeld(b []byte, all []held) []byte {
	last := int64(0)
	for _, h := range all {
		b = binary.AppendVarint(b, h.from-last)
		b = binary.AppendUvarint(b, uint64(h.to-h.from))
		b = binary.AppendUvarint(b, uint64(max(h.since, 0)))
		b = h.keys.append(b)
		last = h.from
	}
	return b
}

// readHeld reads what appendHeld wrote.
func readHeld(text []byte) (all []held, err error) {
	last := int64(0)
	for from := bytes.NewReader(text); from.Len() > 0; {
		gap, err1 := binary.ReadVarint(from)
		length, err2 := binary.ReadUvarint(from)
		since, err3 := binary.ReadUvarint(from)
		keys, err4 := readKeys(from)
		h := held{from: last + gap, since: int64(since), keys: keys}
		h.to = h.from + int64(length)
		if errors.Join(err1, err2, err3, err4) != nil || h.to <= h.from || h.from < minTime || h.to > maxTime || h.since < 0 {
			return nil, errKeys
		}
		all = append(all, h)
		last = h.from
	}
	return all, nil
}
