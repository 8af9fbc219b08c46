package terminal

import (
	"io"
	"regexp"
	"sync"
	"unicode/utf8"

	"intercom-connector/internal/printable"
)

// Writer is w for texts that anybody may have written: whatever a terminal would act
// on becomes visible (package printable), but for a Palette's colours where w has
// them. scrub takes out what is not to be shown, such as a secret.Set's tokens; nil
// takes out nothing. It is safe for concurrent use.
func Writer(w io.Writer, scrub func(string) string) io.Writer {
	if scrub == nil {
		scrub = func(text string) string { return text }
	}
	return &writer{to: w, coloured: Colours(w).on, scrub: scrub}
}

// Raw is what a Writer writes to, for bytes that must stay what they are.
func Raw(w io.Writer) io.Writer {
	if safe, ok := w.(*writer); ok {
		return safe.to
	}
	return w
}

type writer struct {
	to       io.Writer
	coloured bool
	scrub    func(string) string
	mu       sync.Mutex
	begun    []byte // of a sign whose end the next Write brings
}

var colour = regexp.MustCompile("\x1b\\[(?:0|2|31|32|33)m")

func (w *writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := append(w.begun, p...)
	whole := len(text)
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		if end := text[len(text)-back:]; utf8.RuneStart(end[0]) {
			if !utf8.FullRune(end) {
				whole -= back
			}
			break
		}
	}
	w.begun = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(w.to, w.printable([]byte(w.scrub(string(text[:whole]))))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *writer) printable(text []byte) string {
	if !w.coloured {
		return printable.Text(string(text))
	}
	var out []byte
	done := 0
	for _, at := range colour.FindAllIndex(text, -1) {
		out = append(append(out, printable.Text(string(text[done:at[0]]))...), text[at[0]:at[1]]...)
		done = at[1]
	}
	return string(append(out, printable.Text(string(text[done:]))...))
}
