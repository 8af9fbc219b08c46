package part

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"github.com/klauspost/compress/gzip"
)

// Cuts are lines of a part that are to go, and the gzip members that hold them.
type Cuts struct {
	Rows    int64
	spans   []span
	members []place
}

// span is from one place in the text up to another.
type span struct{ from, to int64 }

// Find reads a part like [Scan], and returns those of its lines that a function
// tells to go.
func Find(file io.Reader, want File, goes func(line []byte) bool) (Cuts, error) {
	var found Cuts
	var ahead []place // the member in which the line begins, and those that were read since
	from := newMembers(file)
	from.begins = func(p place) { ahead = append(ahead, p) }
	at := int64(0)
	err := scan(from, want, func(line []byte) error {
		here := span{at, at + int64(len(line))}
		at = here.to
		for len(ahead) > 1 && ahead[1].text <= here.from {
			ahead = ahead[1:]
		}
		if goes(line) {
			found.add(here, ahead)
		}
		return nil
	})
	return found, err
}

// add takes a line in, which begins in the first of some members.
func (c *Cuts) add(line span, members []place) {
	c.Rows++
	c.spans = append(c.spans, line)
	for _, m := range members {
		known := len(c.members) > 0 && m.file <= c.members[len(c.members)-1].file
		if !known && m.text < line.to {
			c.members = append(c.members, m)
		}
	}
}

// Cut writes a part without the lines that [Find] has found, under another key. The
// members that hold none of them are copied as they are: unpacking and packing are
// what takes the time. It must have another line.
func Cut(ctx context.Context, file io.Reader, was File, cuts Cuts, to Putter, key string) (File, error) {
	up := begin(ctx, to, key)
	out := &written{to: up.pipe, hash: sha256.New()}
	from := newMembers(file)
	err := cuts.copy(from, out)
	if err != nil && out.err == nil {
		err = &Damage{What: err.Error()}
	}
	err = from.measure.verdict(err, was)
	if storeErr := up.end(err); err == nil {
		err = storeErr
	}
	return File{Key: key, Rows: was.Rows - cuts.Rows, Size: out.size, SHA256: hex.EncodeToString(out.hash.Sum(nil))}, err
}

// written takes the measure of what is written.
type written struct {
	to   io.Writer
	hash hash.Hash
	size int64
	err  error
}

func (w *written) Write(b []byte) (n int, err error) {
	n, w.err = w.to.Write(b)
	w.hash.Write(b[:n])
	w.size += int64(n)
	return n, w.err
}

// copy copies all members, those that hold lines that go without them.
func (c Cuts) copy(from *members, to io.Writer) error {
	packer := gzip.NewWriter(to)
	for _, m := range c.members {
		if _, err := io.CopyN(to, from.packed, m.file-from.at()); err != nil {
			return err
		}
		if err := from.next(); err != nil {
			return err
		}
		packer.Reset(to)
		if err := c.repack(from.gzip, m.text, packer); err != nil {
			return err
		}
	}
	_, err := io.Copy(to, from.packed)
	return err
}

// repack packs a member anew, whose text begins at a place of the part's. Where
// nothing is left, nothing is written.
func (c Cuts) repack(member io.Reader, at int64, to *gzip.Writer) error {
	kept := int64(0)
	for _, s := range c.spans {
		if s.to <= at {
			continue
		}
		n, err := io.CopyN(to, member, max(s.from-at, 0))
		kept += n
		if err == nil {
			_, err = io.CopyN(io.Discard, member, s.to-max(s.from, at))
		}
		if errors.Is(err, io.EOF) {
			break // the line goes on in the next member, or begins there
		}
		if err != nil {
			return err
		}
		at = s.to
	}
	n, err := io.Copy(to, member)
	if err != nil || kept+n == 0 {
		return err
	}
	return to.Close()
}
