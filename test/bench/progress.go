package main

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// overwriting is a terminal on which each line takes the last one's place.
// Elsewhere lines stand below one another.
type overwriting struct{ to *os.File }

func (o overwriting) Write(text []byte) (int, error) {
	line := string(text)
	if term.IsTerminal(int(o.to.Fd())) {
		line = "\r\033[K" + strings.TrimSuffix(line, "\n")
	}
	if _, err := io.WriteString(o.to, line); err != nil {
		return 0, err
	}
	return len(text), nil
}
