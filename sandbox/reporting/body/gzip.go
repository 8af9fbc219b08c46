package body

import (
	"compress/gzip"
	"io"
	"strings"
)

// writeGzip writes the bytes of a .gz file.
func (b *Body) writeGzip(w io.Writer) error {
	csv := func(w io.Writer) error { return b.part(w, 0) }
	after := ""
	switch b.Options.Answer("packed") {
	case "packed-members":
		m := &members{to: w}
		if err := csv(m); err != nil {
			return err
		}
		return m.end()
	case "packed-cut":
		return b.compressed(&cutWriter{to: w}, csv)
	case "packed-padded":
		after = strings.Repeat("\x00", 700)
	case "packed-trailing":
		after = "and so on"
	}
	if err := b.compressed(w, csv); err != nil {
		return err
	}
	_, err := io.WriteString(w, after)
	return err
}

// members writes a .gz file of several members, a few hundred bytes in each.
type members struct {
	to   io.Writer
	rest []byte
}

const memberSize = 300

func (m *members) Write(p []byte) (int, error) {
	m.rest = append(m.rest, p...)
	for len(m.rest) > memberSize {
		if err := m.member(memberSize); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (m *members) end() error { return m.member(len(m.rest)) }

// member writes the first n bytes of the rest.
func (m *members) member(n int) error {
	z, err := gzip.NewWriterLevel(m.to, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := z.Write(m.rest[:n]); err != nil {
		return err
	}
	m.rest = m.rest[n:]
	return z.Close()
}

// cutWriter keeps the last bytes back.
type cutWriter struct {
	to   io.Writer
	kept []byte
}

const cutBytes = 12

func (c *cutWriter) Write(p []byte) (int, error) {
	c.kept = append(c.kept, p...)
	n := max(len(c.kept)-cutBytes, 0)
	if _, err := c.to.Write(c.kept[:n]); err != nil {
		return 0, err
	}
	c.kept = append(c.kept[:0], c.kept[n:]...)
	return len(p), nil
}
