package configuration

import (
	"fmt"
	"strings"

	"github.com/agext/levenshtein"
)

const maxSuggested = 100

// Suggest is the end of a sentence about an unknown name: the nearest known one,
// or nothing where none is near. Nobody misspells a name that is very long.
func Suggest(name string, known []string) string {
	best, score := "", 0.0
	for _, candidate := range known {
		if max(len(name), len(candidate)) > maxSuggested {
			continue
		}
		if s := levenshtein.Similarity(strings.ToLower(name), strings.ToLower(candidate), nil); s > score {
			best, score = candidate, s
		}
	}
	if score < 0.6 {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}
