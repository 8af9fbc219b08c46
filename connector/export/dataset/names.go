package dataset

import (
	"hash/fnv"
	"strings"
	"unicode"

	"github.com/mozillazg/go-unidecode"

	"intercom-connector/connector/export/csv"
)

// reserved are the columns that tables have besides their attributes: the
// connector's own, and the day of a lake's rows.
var reserved = []string{csv.OccurrenceColumn, csv.UnparsedColumn, "dt"}

// columnNames gives each attribute of a dataset its column. It looks at the
// dataset's whole list, never at what was asked for, so that asking for one
// more attribute renames nothing. given are the columns of earlier runs, each
// with its attribute as it is requested: a name once given stays with its
// attribute, and no other takes it.
//
// An attribute of Intercom's own has its bare id in lower snake case; a
// customer's always carries its namespace (people_brand). What still collides
// takes its namespace too; and what even then collides (ids that differ by case
// only) takes five letters made from its exact id, except the one that was in
// lower snake case to begin with.
func columnNames(attributes []attribute, given map[string]string) []string {
	names := make([]string, len(attributes))
	for i, a := range attributes {
		if a.own {
			names[i] = Snake(a.intercom.ID)
		} else {
			names[i] = prefixed(a)
		}
	}
	rename(names, attributes, prefixed)
	rename(names, attributes, func(a attribute) string {
		if Snake(a.intercom.ID) == a.intercom.ID {
			return prefixed(a)
		}
		return lettered(a)
	})
	rename(names, attributes, lettered)
	keepGiven(names, attributes, given)
	return names
}

// keepGiven puts back the names that were given before. A newcomer that would
// bear one of them has letters. An attribute that is requested otherwise than
// before, with a prefix or with another, is still the same if its id is and the
// one of before is gone.
func keepGiven(names []string, attributes []attribute, given map[string]string) {
	before, present := map[string]string{}, map[string]bool{}
	for name, request := range given {
		before[request] = name
	}
	for _, a := range attributes {
		present[a.intercom.Request()] = true
	}
	for i, a := range attributes {
		if name, ok := before[a.intercom.Request()]; ok {
			names[i] = name
			continue
		}
		request, taken := given[names[i]]
		if taken && (present[request] || bare(request) != a.intercom.ID) {
			names[i] = lettered(a)
		}
	}
}

// bare is the id of an attribute as it is requested.
func bare(request string) string {
	if _, id, qualified := strings.Cut(request, "."); qualified {
		return id
	}
	return request
}

// rename gives new names to those that are taken twice, reserved, or no name.
func rename(names []string, attributes []attribute, better func(attribute) string) {
	taken := map[string]int{"": 1}
	for _, name := range reserved {
		taken[name] = 1
	}
	for _, name := range names {
		taken[name]++
	}
	for i, name := range names {
		if taken[name] > 1 || strings.HasPrefix(name, "_fivetran") {
			names[i] = better(attributes[i])
		}
	}
}

// lettered is a name that no other attribute has.
func lettered(a attribute) string {
	return strings.TrimPrefix(prefixed(a)+"_"+letters(a.intercom.Request()), "_")
}

func prefixed(a attribute) string {
	return Snake(prefix(a.intercom) + "_" + a.intercom.ID)
}

// Snake is a name as Fivetran would rewrite it: lower snake case in ASCII, with
// an underscore between a lower and an upper letter and between letters and
// digits, without runs of underscores, and none at either end. A name sent so
// comes back unchanged.
func Snake(name string) string {
	var b strings.Builder
	var last rune
	for _, r := range unidecode.Unidecode(name) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			r = '_'
		}
		if boundary(last, r) && last != '_' {
			b.WriteByte('_')
		}
		if r != '_' || last != '_' && last != 0 {
			b.WriteRune(unicode.ToLower(r))
		}
		last = r
	}
	return strings.Trim(b.String(), "_")
}

func boundary(last, next rune) bool {
	switch {
	case last == 0 || next == '_':
		return false
	case unicode.IsLower(last) && unicode.IsUpper(next):
		return true
	default:
		return unicode.IsDigit(last) != unicode.IsDigit(next) && last != '_'
	}
}

// letters is five letters that stand for a text: no digits, since Fivetran
// would set an underscore before them.
func letters(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text))
	sum := h.Sum64()
	var out [5]byte
	for i := range out {
		out[i] = 'a' + byte(sum%26)
		sum /= 26
	}
	return string(out[:])
}

// TableNames gives each dataset of a workspace its table, by id. It looks at the
// workspace's whole list. reserved are the tables that a product has besides,
// and given the names of earlier runs, by dataset: those stay. Of two that would
// be the same, the later one has letters made from its exact id.
func TableNames(ids, reserved []string, given map[string]string) map[string]string {
	names, taken := map[string]string{}, map[string]bool{"": true}
	for _, name := range reserved {
		taken[name] = true
	}
	for id, name := range given {
		names[id], taken[name] = name, true
	}
	for _, id := range ids {
		if names[id] != "" {
			continue
		}
		name := Snake(id)
		if taken[name] || strings.HasPrefix(name, "_") {
			name = strings.Trim(name+"_"+letters(id), "_")
		}
		names[id], taken[name] = name, true
	}
	return names
}
