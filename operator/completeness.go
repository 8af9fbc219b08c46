package operator

import (
	"slices"
	"strings"

	"intercom-connector/membership"
)

// A table of a snapshot is complete when all lists that fill it are proven:
// Intercom's counts before and after agree with what was met, see
// membership.Proof. A list that was read by several runs is proven over all of
// them, since its proof goes from one to the next with its place. The table that
// tells of the others is complete when they all are.
//
// A day of an export is complete by another rule, since nothing counts its rows:
// see export.Window.
func complete(s membership.State, table string) bool {
	for _, stage := range membership.Stages() {
		if slices.Contains(stage.Tables(), table) {
			return stage == membership.Snapshot && s.Complete() || stage != membership.Snapshot && len(s.Done[stage].Unproven) == 0
		}
	}
	return false
}

// unproven are the segments whose lists are why a table is not complete: the
// others of its lists are whole. None where it is not for some segments alone.
func unproven(s membership.State, table string) (segments []string) {
	for _, stage := range membership.Stages() {
		if stage == membership.Snapshot || !slices.Contains(stage.Tables(), table) {
			continue
		}
		for _, p := range s.Done[stage].Unproven {
			_, segment, found := strings.Cut(p.List, "segment ")
			if !found {
				return nil
			}
			segments = append(segments, segment)
		}
	}
	slices.Sort(segments)
	return slices.Compact(segments)
}
