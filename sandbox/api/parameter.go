package api

import (
	"net/url"
	"strconv"
)

// WholeNumber reads a query parameter between 1 and a limit.
func WholeNumber(query url.Values, name string, missing, limit int) (int, error) {
	text := query.Get(name)
	if text == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil || n < 1:
		return 0, Invalid(name, "%s must be a positive integer", name)
	case n > limit:
		return 0, Invalid(name, "%s is too big: at most %d", name, limit)
	}
	return n, nil
}
