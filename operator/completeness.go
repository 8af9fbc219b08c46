package operator

import (
	"slices"

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
