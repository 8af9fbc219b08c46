package dataset

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"intercom-connector/intercom"
)

// Known is what we know of a dataset and get_datasets does not tell: what tells one
// row from another, and whose its attributes are. get_datasets stays the authority on
// which datasets and attributes there are.
type Known struct {
	ID string
	// Key is the primary key: attribute ids. One id alone is a row id; a longer
	// key may repeat, so that the table also has the column occurrence.
	Key []string
	// Time is the id of the attribute by which the export selects, for a
	// workspace whose own word for it is not among its attributes; "" when it is
	// not known.
	Time string

	namespaces map[string]string // of the ids of Intercom's own attributes; "" where none is known
}

//go:embed catalogue.txt
var catalogueText string

// known is catalogue.txt.
var known = sync.OnceValue(func() (all []Known) {
	for line := range strings.Lines(catalogueText) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || line[0] == '#':
		case line[0] != ' ':
			all = append(all, knownOf(words))
		default:
			namespace, id, qualified := strings.Cut(words[0], ".")
			if !qualified {
				namespace, id = "", words[0]
			}
			all[len(all)-1].namespaces[id] = namespace
		}
	}
	return all
})

// knownOf reads a dataset's line: its id, "key" with ids, "time" with one.
func knownOf(words []string) Known {
	k := Known{ID: words[0], namespaces: map[string]string{}}
	what := ""
	for _, word := range words[1:] {
		switch {
		case word == "key", word == "time":
			what = word
		case what == "key":
			k.Key = append(k.Key, word)
		default:
			k.Time = word
		}
	}
	return k
}

// Lookup is what the catalogue knows of a dataset; nothing when it is new to us.
func Lookup(id string) (Known, bool) {
	i := slices.IndexFunc(known(), func(k Known) bool { return k.ID == id })
	if i < 0 {
		return Known{}, false
	}
	return known()[i], true
}

// IDs are the datasets that we know.
func IDs() []string {
	var ids []string
	for _, k := range known() {
		ids = append(ids, k.ID)
	}
	return ids
}

// IsCatalogued reports an attribute of Intercom's own that we know in a dataset, in
// the namespace of its kind: a customer's of the same name is another.
func IsCatalogued(id string, a intercom.Attribute) bool {
	of, _ := Lookup(id)
	_, listed := of.namespaces[a.ID]
	space := prefix(a)
	return listed && (space == "" || slices.Contains(ownNamespaces, space))
}

// Attributes are the ids of Intercom's own attributes that we know in a dataset,
// qualified where their namespace is known, sorted.
func Attributes(id string) []string {
	var all []string
	of, _ := Lookup(id)
	for attribute, namespace := range of.namespaces {
		if namespace != "" {
			attribute = namespace + "." + attribute
		}
		all = append(all, attribute)
	}
	slices.Sort(all)
	return all
}
