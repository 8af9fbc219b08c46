package tester

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	sdk "intercom-connector/proto"
)

// checkKeys holds a configuration's keys against the connector's form: it names
// required ones that are missing, and answers with a sentence for each that the
// form does not know, which is mostly a misspelt one.
func checkKeys(fields []*sdk.FormField, configuration map[string]string) (unknown []string, err error) {
	known := formNames(fields)
	if len(known) == 0 {
		return nil, nil
	}
	for _, key := range slices.Sorted(maps.Keys(configuration)) {
		if slices.Contains(known, key) {
			continue
		}
		sentence := fmt.Sprintf("the configuration's key %q is not in the connector's form", key)
		if near := nearest(key, known); near != "" {
			sentence += fmt.Sprintf(": did you mean %q?", near)
		}
		unknown = append(unknown, sentence)
	}
	for _, f := range fields {
		if f.GetRequired() && f.GetDefaultValue() == "" && configuration[f.GetName()] == "" {
			return unknown, fmt.Errorf("the configuration lacks %q (%s), which the connector requires", f.GetName(), f.GetLabel())
		}
	}
	return unknown, nil
}

// formNames are the names of all fields, those under a condition too.
func formNames(fields []*sdk.FormField) []string {
	var names []string
	for _, f := range fields {
		if f.GetName() != "" {
			names = append(names, f.GetName())
		}
		names = append(names, formNames(f.GetConditionalFields().GetFields())...)
	}
	return names
}

// nearest is the known word with the fewest differences, if they are few.
func nearest(word string, known []string) string {
	best, fewest := "", max(2, len(word)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), k); d < fewest {
			best, fewest = k, d
		}
	}
	return best
}

// distance is Levenshtein's: how many letters to add, remove or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
