package torture

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// leaked looks for the token in a text, in every form in which it could get
// there: encoded for a URL, for JSON or for Go it keeps its first letters.
func leaked(where, text string) []string {
	var found []string
	for _, form := range []string{token[:14], base64.StdEncoding.EncodeToString([]byte(token))[:16]} {
		if i := strings.Index(text, form); i >= 0 {
			found = append(found, fmt.Sprintf("the token is in the %s: %q", where, text[max(0, i-80):min(len(text), i+20)]))
		}
	}
	return found
}

// secrets looks for the token in all that a world's syncs have let out.
func (w *world) secrets() []string {
	found := leaked("log", w.log.String())
	found = append(found, leaked("messages and errors", w.destination.seen.String())...)
	found = append(found, leaked("state", w.destination.state)...)
	for _, host := range w.saboteur.leaks {
		found = append(found, "the token was sent to "+host)
	}
	return found
}
