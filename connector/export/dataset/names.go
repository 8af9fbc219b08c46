package dataset

import (
	"hash/fnv"
	"strings"
	"unicode"

	"github.com/mozillazg/go-unidecode"

	"intercom-connector/intercom"
	"intercom-connector/wire"
)

// reserved are the columns that tables have besides their attributes: the
// connector's own, and the day of a lake's rows.
var reserved = []string{wire.OccurrenceColumn, wire.UnparsedColumn, "dt"}

// ColumnNames gives each attribute of a dataset its column. It looks at the
// dataset's whole list, never at what was asked for, so that asking for one
// more attribute renames nothing.
//
// An attribute of Intercom's own namespaces has its bare id in lower snake case;
// one of a customer's namespace always carries it (people_brand). What still
// collides takes its namespace too; and what even then collides (ids that
// differ by case only) takes five letters made from its exact id, except the
// one that was in lower snake case to begin with.
func ColumnNames(attributes []intercom.Attribute) []string {
	names := make([]string, len(attributes))
	for i, a := range attributes {
		if Own(a) {
			names[i] = Snake(a.ID)
		} else {
			names[i] = prefixed(a)
		}
	}
	rename(names, attributes, prefixed)
	rename(names, attributes, func(a intercom.Attribute) string {
		if Snake(a.ID) == a.ID {
			return prefixed(a)
		}
		return lettered(a)
	})
	rename(names, attributes, lettered)
	return names
}

// rename gives new names to those that are taken twice, reserved, or no name.
func rename(names []string, attributes []intercom.Attribute, better func(intercom.Attribute) string) {
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
func lettered(a intercom.Attribute) string {
	return strings.TrimPrefix(prefixed(a)+"_"+letters(a.Request()), "_")
}

func prefixed(a intercom.Attribute) string {
	return Snake(Namespace(a) + "_" + a.ID)
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

// Distinct drops what get_datasets lists twice.
func Distinct(attributes []intercom.Attribute) []intercom.Attribute {
	seen := map[string]bool{}
	var list []intercom.Attribute
	for _, a := range attributes {
		if a.ID == "" || seen[a.Request()] {
			continue
		}
		seen[a.Request()] = true
		list = append(list, a)
	}
	return list
}
