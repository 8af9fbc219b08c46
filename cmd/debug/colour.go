package main

import (
	"io"
	"os"
)

// palette colours words on a terminal; the zero value leaves them as they are.
type palette struct{ on bool }

// colours are on for a terminal, unless NO_COLOR says otherwise
// (https://no-color.org).
func colours(w io.Writer) palette {
	return palette{on: os.Getenv("NO_COLOR") == "" && isTerminal(w)}
}

func (p palette) green(s string) string  { return p.paint("32", s) }
func (p palette) red(s string) string    { return p.paint("31", s) }
func (p palette) yellow(s string) string { return p.paint("33", s) }
func (p palette) dim(s string) string    { return p.paint("2", s) }

func (p palette) paint(code, s string) string {
	if !p.on {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
