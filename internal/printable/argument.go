package printable

import (
	"regexp"
	"strings"
)

// Argument is an argument of a command that a person may copy into a shell, which takes
// it for one word and acts on nothing in it.
func Argument(argument string) string {
	switch {
	case plain.MatchString(argument):
		return argument
	case !strings.ContainsAny(argument, "\"$`\\!"):
		return `"` + argument + `"`
	}
	return "'" + strings.ReplaceAll(argument, "'", `'\''`) + "'"
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,-]+$`)
