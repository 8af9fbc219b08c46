// Package terminal is what every program of this project does for the person who
// reads its output: numbers with their thousands apart, texts from outside made
// harmless (writer.go) and fitted to the width, colours only where they are wanted, a log in
// lines (log.go).
//
// It knows nothing of what is shown, so that all of it can be used everywhere.
package terminal

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Is tells whether w is a terminal that a line can be redrawn on.
func Is(w io.Writer) bool {
	f, ok := Raw(w).(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// Width is how many columns the terminal w has; 0 when it is none.
func Width(w io.Writer) int {
	f, ok := Raw(w).(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 0 {
		return 0
	}
	return width
}

// Number writes 1234567 as 1,234,567.
func Number(n int64) string { return message.NewPrinter(language.English).Sprint(n) }

// Count is a number of things: "1 row", "12,000 rows".
func Count(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return Number(n) + " " + thing
}

// Palette colours words; the zero value leaves them as they are.
type Palette struct{ on bool }

// Colours are on for a terminal, unless NO_COLOR says otherwise
// (https://no-color.org).
func Colours(w io.Writer) Palette { return Palette{on: os.Getenv("NO_COLOR") == "" && Is(w)} }

// Coloured is always on.
func Coloured() Palette { return Palette{on: true} }

// Green, Red, Yellow and Dim are what the words mean: good, bad, take care, aside.
func (p Palette) Green(s string) string  { return p.paint("32", s) }
func (p Palette) Red(s string) string    { return p.paint("31", s) }
func (p Palette) Yellow(s string) string { return p.paint("33", s) }
func (p Palette) Dim(s string) string    { return p.paint("2", s) }

func (p Palette) paint(code, s string) string {
	if !p.on {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// Pad fills a text up to a width, on the left when right is set.
func Pad(s string, width int, right bool) string {
	space := strings.Repeat(" ", max(0, width-Cells(s)))
	if right {
		return space + s
	}
	return s + space
}
