package operator

import (
	"slices"
	"strings"

	"intercom-connector/membership"
	"intercom-connector/operator/lake"
)

// A table of a snapshot is complete when all lists that fill it are proven:
// Intercom's counts before and after agree with what was met, see
// membership.Proof. A list that was read by several runs is proven over all of
// them, since its proof goes from one to the next with its place. The table that
// tells of the others is complete when they all are, and that of the segments when the
// companies are, too, which name segments that no list has.
//
// A day of an export is complete by another rule, since nothing counts its rows:
// see export.Window.
func complete(s membership.State, table string) bool {
	for _, stage := range membership.Stages() {
		if !slices.Contains(stage.Tables(), table) {
			continue
		}
		switch stage {
		case membership.Snapshot:
			return s.Complete()
		case membership.Segments:
			return len(s.Done[stage].Unproven)+len(s.Done[membership.Companies].Unproven) == 0
		default:
			return len(s.Done[stage].Unproven) == 0
		}
	}
	return false
}

// provesLess reports that what a run has read of a stage does not prove a list that is
// proven in what was published of the day, table by table. What was published with other
// columns, such as personal data, has to go.
func provesLess(now, was []lake.Publication) bool {
	less := false
	for i := range now {
		if i >= len(was) || !slices.Equal(now[i].Columns, was[i].Columns) {
			return false
		}
		less = less || lacks(now[i], was[i])
	}
	return less
}

func lacks(now, was lake.Publication) bool {
	switch {
	case now.Complete, !was.Complete && len(was.Unproven) == 0: // of which nothing is proven
		return false
	case was.Complete, len(now.Unproven) == 0:
		return true
	}
	return slices.ContainsFunc(now.Unproven, func(list string) bool { return !slices.Contains(was.Unproven, list) })
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
