package described

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// description is description.txt.
type description struct {
	endpoints map[string]*endpoint // by method and path
	schemas   map[string]map[string]string
}

type endpoint struct {
	query    map[string]bool // whether it is required
	body, is string
}

func readDescription(t *testing.T) description {
	t.Helper()
	f, err := os.Open("description.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := description{map[string]*endpoint{}, map[string]map[string]string{}}
	var e *endpoint
	var s map[string]string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 0, words[0] == "#", strings.HasPrefix(words[0], "#"):
		case words[0] == "GET", words[0] == "POST":
			e, s = &endpoint{query: map[string]bool{}}, nil
			d.endpoints[words[0]+" "+words[1]] = e
		case words[0] == "schema" && !strings.HasPrefix(lines.Text(), " "):
			e, s = nil, map[string]string{}
			d.schemas[words[1]] = s
		case s != nil:
			s[words[0]] = strings.Join(words[1:], " ")
		case words[0] == "body":
			e.body = words[1]
		case words[0] == "=":
			e.is = words[1]
		case words[0] == "query":
			for _, name := range words[1:] {
				e.query[strings.TrimSuffix(name, "*")] = strings.HasSuffix(name, "*")
			}
		default:
			t.Fatalf("description.txt: %q", lines.Text())
		}
	}
	return d
}

// pattern is the endpoint that a path is of.
func (d description) pattern(method, path string) (string, *endpoint) {
	parts := strings.Split(path, "/")
	var best string
	for pattern := range d.endpoints {
		m, p, _ := strings.Cut(pattern, " ")
		steps := strings.Split(p, "/")
		fits := m == method && len(steps) == len(parts)
		for i := 0; fits && i < len(steps); i++ {
			fits = steps[i] == parts[i] || strings.HasPrefix(steps[i], "{") && parts[i] != ""
		}
		if fits && (best == "" || strings.Count(pattern, "{") < strings.Count(best, "{")) {
			best = pattern
		}
	}
	return best, d.endpoints[best]
}

// differences are where a value is not what a schema says; each names the place.
func (d description) differences(value any, kind, place string, tell func(string)) {
	nullable := strings.HasSuffix(kind, "?")
	kind = strings.TrimSuffix(kind, "?")
	if value == nil {
		if !nullable {
			tell(place + " null")
		}
		return
	}
	if of, list := strings.CutPrefix(kind, "list "); list {
		elements, is := value.([]any)
		if !is {
			tell(place + " no list")
		}
		for _, element := range elements {
			d.differences(element, of, place+"[]", tell)
		}
		return
	}
	if fields, is := d.schemas[kind]; is {
		object, is := value.(map[string]any)
		if !is {
			tell(place + " no object")
			return
		}
		side, _, _ := strings.Cut(place, " ")
		place = side + " " + kind
		for name, field := range object {
			if of := fields[name] + fields[name+"*"]; of == "" {
				tell(place + "." + name + " not described")
			} else {
				d.differences(field, of, place+"."+name, tell)
			}
		}
		for name := range fields {
			if bare, always := strings.CutSuffix(name, "*"); always && object[bare] == nil && !strings.HasSuffix(fields[name], "?") {
				tell(place + "." + bare + " missing")
			}
		}
		return
	}
	if is := kindOf(value); is != kind && !(kind == "number" && is == "time") {
		tell(fmt.Sprintf("%s %s, not %s", place, is, kind))
	}
}

func kindOf(value any) string {
	switch v := value.(type) {
	case bool:
		return "boolean"
	case string:
		return "text"
	case json.Number:
		if len(v) == 10 && !strings.Contains(string(v), ".") {
			return "time"
		}
		return "number"
	case map[string]any:
		return "object"
	}
	return "list"
}

// readDeviations are the lines of deviations.txt, by what they excuse.
func readDeviations(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("deviations.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for line := range strings.SplitSeq(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		what, why, found := strings.Cut(line, ": ")
		if !found || why == "" {
			t.Errorf("deviations.txt: %q has no reason", line)
		}
		known[what] = why
	}
	return known
}

// TestDescriptionIsWhole: every schema that is named is there, and every one that is
// there is named.
func TestDescriptionIsWhole(t *testing.T) {
	d := readDescription(t)
	used := []string{"file"}
	use := func(kind string) {
		kind = strings.TrimSuffix(strings.TrimPrefix(kind, "list "), "?")
		if !slices.Contains([]string{"", "text", "number", "time", "boolean", "object", "file"}, kind) && d.schemas[kind] == nil {
			t.Errorf("there is no schema %s", kind)
		}
		used = append(used, kind)
	}
	for _, e := range d.endpoints {
		use(e.body)
		use(e.is)
	}
	for _, fields := range d.schemas {
		for _, kind := range fields {
			use(kind)
		}
	}
	for name := range d.schemas {
		if !slices.Contains(used, name) {
			t.Errorf("nothing is a %s", name)
		}
	}
	if len(d.endpoints) < 20 || len(d.schemas) < 25 {
		t.Errorf("%d endpoints, %d schemas", len(d.endpoints), len(d.schemas))
	}
}
