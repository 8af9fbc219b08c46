package recipes

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"intercom-connector/internal/quote"
)

// set is a parameter in the line of a recipe that says so, such as
// 'Active users' AS segment, or 30 AS within_days.
var set = regexp.MustCompile(`('(?:[^']|'')*'|\d+) AS (\w+)`)

// Parameter is what may be set. Value is its literal in SQL, from and to its place in
// the statement: Athena has no variables.
type Parameter struct {
	Name, Value string
	from, to    int
}

// Set is the statement with other values in its first lines, given as name=value,
// such as segment=Churned. A number stays a number.
func (r Recipe) Set(given []string) (string, error) {
	for _, one := range given {
		name, value, ok := strings.Cut(one, "=")
		parameters := r.Parameters()
		i := slices.IndexFunc(parameters, func(p Parameter) bool { return p.Name == name })
		if !ok || i < 0 {
			return "", fmt.Errorf("the recipe %s has nothing to set by %q: write %s", r.Name, one, r.settable())
		}
		literal := quote.Text(value)
		if parameters[i].Value[0] != '\'' {
			if _, err := strconv.ParseUint(value, 10, 31); err != nil {
				return "", fmt.Errorf("%s of the recipe %s is a whole number, not %q", name, r.Name, value)
			}
			literal = value
		}
		r.SQL = r.SQL[:parameters[i].from] + literal + r.SQL[parameters[i].to:]
	}
	return r.SQL, nil
}

// Parameters are the values that may be set: those of the one line of the statement that
// says so.
func (r Recipe) Parameters() []Parameter {
	mark := strings.Index(r.SQL, " -- change th")
	if mark < 0 {
		return nil
	}
	begin := strings.LastIndexByte(r.SQL[:mark], '\n') + 1
	var all []Parameter
	for _, m := range set.FindAllStringSubmatchIndex(r.SQL[begin:mark], -1) {
		from, to := begin+m[2], begin+m[3]
		all = append(all, Parameter{Name: r.SQL[begin+m[4] : begin+m[5]], Value: r.SQL[from:to], from: from, to: to})
	}
	return all
}

func (r Recipe) settable() string {
	var names []string
	for _, c := range r.Parameters() {
		names = append(names, c.Name+"=...")
	}
	if names == nil {
		return "none, it has no parameters"
	}
	return strings.Join(names, " or ")
}
