package membership

import "slices"

// Stage is a part of the walk that is read as a whole: what one pass over one
// of Intercom's lists tells.
type Stage string

// The stages. ContactSegments needs Segments to be done; the others stand
// alone. Snapshot comes last: it tells of the others.
const (
	Segments        Stage = "segments"
	Tags            Stage = "tags"
	Contacts        Stage = "contacts"
	ContactSegments Stage = "contact_segments"
	Companies       Stage = "companies"
	Snapshot        Stage = "snapshot"
)

// Stages lists the stages in an order in which they may be run.
func Stages() []Stage {
	return []Stage{Segments, Tags, Contacts, ContactSegments, Companies, Snapshot}
}

// Tables names the tables that the stage fills.
func (s Stage) Tables() []string {
	switch s {
	case Segments:
		return []string{TableSegment}
	case Tags:
		return []string{TableTag}
	case Contacts:
		return []string{TableContact, TableContactTag}
	case ContactSegments:
		return []string{TableContactSegment}
	case Companies:
		return []string{TableCompany, TableCompanyTag, TableCompanySegment}
	case Snapshot:
		return []string{TableSnapshot}
	}
	return nil
}

// StagesFor lists the stages that fill the tables, and those they need, in the
// order of Stages. Unknown tables are passed over.
func StagesFor(tables []string) []Stage {
	return slices.DeleteFunc(Stages(), func(s Stage) bool {
		wanted := s.Tables()
		if s == Segments { // its counts are needed to search the members
			wanted = append(wanted, TableContactSegment)
		}
		return !slices.ContainsFunc(wanted, func(t string) bool { return slices.Contains(tables, t) })
	})
}
