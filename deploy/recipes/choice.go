package recipes

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"intercom-connector/internal/quote"
)

// chosen is a value that the first lines of a recipe choose, such as
// 'Active users' AS segment, or 30 AS within_days.
var chosen = regexp.MustCompile(`('(?:[^']|'')*'|\d+) AS (\w+)`)

// Choice is a value that may be set. Value is its literal in SQL, from and to its
// place in the statement.
type Choice struct {
	Name, Value string
	from, to    int
}

// Set is the statement with other values in its first lines, given as name=value,
// such as segment=Churned. A number stays a number.
func (r Recipe) Set(given []string) (string, error) {
	for _, one := range given {
		name, value, ok := strings.Cut(one, "=")
		choices := r.Choices()
		i := slices.IndexFunc(choices, func(c Choice) bool { return c.Name == name })
		if !ok || i < 0 {
			return "", fmt.Errorf("the recipe %s has nothing to set by %q: write %s", r.Name, one, r.settable())
		}
		literal := quote.Text(value)
		if choices[i].Value[0] != '\'' {
			if _, err := strconv.ParseUint(value, 10, 31); err != nil {
				return "", fmt.Errorf("%s of the recipe %s is a whole number, not %q", name, r.Name, value)
			}
			literal = value
		}
		r.SQL = r.SQL[:choices[i].from] + literal + r.SQL[choices[i].to:]
	}
	return r.SQL, nil
}

// Choices are the values that may be set: those of the one line of the statement that
// says so.
func (r Recipe) Choices() []Choice {
	mark := strings.Index(r.SQL, " -- change th")
	if mark < 0 {
		return nil
	}
	begin := strings.LastIndexByte(r.SQL[:mark], '\n') + 1
	var all []Choice
	for _, m := range chosen.FindAllStringSubmatchIndex(r.SQL[begin:mark], -1) {
		from, to := begin+m[2], begin+m[3]
		all = append(all, Choice{Name: r.SQL[begin+m[4] : begin+m[5]], Value: r.SQL[from:to], from: from, to: to})
	}
	return all
}

func (r Recipe) settable() string {
	var names []string
	for _, c := range r.Choices() {
		names = append(names, c.Name+"=...")
	}
	if names == nil {
		return "none, it has no parameters"
	}
	return strings.Join(names, " or ")
}
