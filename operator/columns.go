package operator

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"intercom-connector/intercom"
	"intercom-connector/membership"
)

// field is an attribute of a dataset on its way into a column.
type field struct {
	intercom.Attribute
	column membership.Column
	time   bool // by this the export selects
}

// unparsed is the column of what did not fit the others: a JSON object of
// column to text.
var unparsed = membership.Column{Name: "unparsed_values", Kind: membership.JSON, Personal: true}

// fields gives each attribute its column: the bare id in lower snake case in
// Intercom's own namespaces, with the namespace before it elsewhere and where
// two would collide.
func fields(d intercom.Dataset) []field {
	all := make([]field, len(d.Attributes))
	taken := map[string]int{"dt": 1, unparsed.Name: 1, "": 1}
	for i, a := range d.Attributes {
		prefix, _, _ := strings.Cut(a.QualifiedID, ".")
		name := a.ID
		if !own(prefix) {
			name = prefix + "_" + a.ID
		}
		all[i] = field{Attribute: a, time: a.ID == d.TimeAttributeID || a.QualifiedID == d.TimeAttributeID}
		all[i].column = membership.Column{Name: snake(name), Kind: kindOf(prefix, all[i]), Personal: aboutPerson(prefix, a.ID)}
		taken[all[i].column.Name]++
	}
	for i := range all {
		c := &all[i].column
		if taken[c.Name] > 1 {
			c.Name = snake(strings.ReplaceAll(all[i].Request(), ".", "_"))
		}
	}
	number(all)
	return all
}

// number tells apart what is the same even with its namespace, in the order of
// the exact ids, which does not change with the order of the list.
func number(all []field) {
	seen := map[string]int{"dt": 1, unparsed.Name: 1}
	order := make([]*field, len(all))
	for i := range all {
		order[i] = &all[i]
	}
	slices.SortFunc(order, func(a, b *field) int { return strings.Compare(a.Request(), b.Request()) })
	for _, f := range order {
		name := f.column.Name
		if seen[name]++; seen[name] > 1 || name == "" {
			f.column.Name = name + "_" + strconv.Itoa(seen[name])
		}
	}
}

// own reports whether a namespace is Intercom's; attributes of others are a
// customer's own.
func own(prefix string) bool {
	return slices.Contains([]string{"", "standard", "timestamp", "duration", "team", "teammate", "call", "conversation-rating-sent"}, prefix)
}

func kindOf(prefix string, f field) membership.Kind {
	switch {
	case f.time, prefix == "timestamp":
		return membership.Timestamp
	case prefix == "duration":
		return membership.Double
	}
	return membership.String
}

// aboutPerson reports whether an attribute says who a contact is.
func aboutPerson(prefix, id string) bool {
	id = strings.ToLower(id)
	return prefix == "people" || strings.Contains(id, "email") || strings.Contains(id, "pseudonym") || strings.Contains(id, "external id") ||
		(strings.HasPrefix(id, "user_") || strings.HasPrefix(id, "customer_")) && strings.Contains(id, "name")
}

func snake(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	return strings.Trim(b.String(), "_")
}
