package dataset

import (
	"slices"
	"strings"

	"intercom-connector/intercom"
)

// ownNamespaces are the prefixes of Intercom's own attributes: no customer can
// create an attribute in them.
var ownNamespaces = []string{
	"standard", "timestamp", "duration", "team", "teammate", "call", "conversation-rating-sent",
}

// prefix is the part of the qualified id before its first dot; "" when Intercom
// gives no qualified id (before API 2.16), which is taken for Intercom's own.
func prefix(a intercom.Attribute) string {
	before, _, found := strings.Cut(a.QualifiedID, ".")
	if !found {
		return ""
	}
	return before
}

// attribute is an attribute of a dataset as it is understood: whose it is does
// not follow from its prefix alone.
type attribute struct {
	intercom  intercom.Attribute
	namespace string // of Intercom's own attributes the usual one, whatever the prefix
	own       bool   // Intercom's, not a customer's
	time      bool   // by this the export selects
}

// understand drops what get_datasets lists twice, and says of each attribute
// whose it is. An id that we know as Intercom's, and that one attribute of the
// dataset alone bears, is that attribute whatever its prefix, in name and in type:
// workspaces have been seen to qualify them by "conversation", "ticket" and others,
// and by none.
func understand(d intercom.Dataset) []attribute {
	catalogue, _ := Lookup(d.ID)
	known := catalogue.namespaces
	bearers := map[string]int{}
	var all []attribute
	for _, a := range distinct(d.Attributes) {
		bearers[a.ID]++
		all = append(all, attribute{intercom: a})
	}
	for i := range all {
		all[i].place(known, bearers[all[i].intercom.ID] == 1)
	}
	if i := timeAmong(all, d); i >= 0 {
		all[i].time = true
	}
	return all
}

// place says whose the attribute is, by its id if it alone bears it and Intercom's own
// of that id is known, else by its prefix.
func (a *attribute) place(known map[string]string, alone bool) {
	a.namespace = prefix(a.intercom)
	a.own = a.namespace == "" || slices.Contains(ownNamespaces, a.namespace)
	if usual, ok := known[a.intercom.ID]; ok && alone {
		a.namespace, a.own = usual, true
	}
}

// timeAmong is the place of the attribute by which the export selects: the one
// that Intercom names, bare or qualified, or else the one that the catalogue
// knows; -1 where neither is there, or several attributes may be it.
func timeAmong(all []attribute, d intercom.Dataset) int {
	catalogue, _ := Lookup(d.ID)
	for _, name := range []string{d.TimeAttributeID, catalogue.Time} {
		if i := timeNamed(all, name); name != "" && i >= 0 {
			return i
		}
	}
	return -1
}

// timeNamed is the place of the one attribute that a name means as a time; -1 if
// none is, or several are.
func timeNamed(all []attribute, name string) int {
	id := bare(name)
	for _, fits := range []func(attribute) bool{
		func(a attribute) bool { return a.intercom.QualifiedID == name },
		func(a attribute) bool { return a.namespace == "timestamp" && a.intercom.ID == id },
		func(a attribute) bool { return a.own && (a.intercom.ID == name || a.intercom.ID == id) },
		func(a attribute) bool { return a.intercom.ID == name || a.intercom.ID == id },
	} {
		first := slices.IndexFunc(all, fits)
		switch {
		case first < 0:
		case slices.ContainsFunc(all[first+1:], fits):
			return -1
		default:
			return first
		}
	}
	return -1
}

// distinct drops what get_datasets lists twice.
func distinct(attributes []intercom.Attribute) []intercom.Attribute {
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
