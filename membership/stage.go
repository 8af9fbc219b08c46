package membership

import (
	"slices"

	"intercom-connector/membership/tables"
)

// Stage is a part of the walk that is read as a whole: what one pass over one
// of Intercom's lists tells.
type Stage string

// The stages. Segments comes after Companies where both are run, since companies
// name segments that no list has. Snapshot comes last: it tells of the others.
// The others stand alone.
const (
	Tags            Stage = "tags"
	Contacts        Stage = "contacts"
	ContactSegments Stage = "contact_segments"
	Companies       Stage = "companies"
	Segments        Stage = "segments"
	Snapshot        Stage = "snapshot"
)

// Stages lists the stages in an order in which they may be run.
func Stages() []Stage {
	return []Stage{Tags, Contacts, ContactSegments, Companies, Segments, Snapshot}
}

// Tables names the tables that the stage fills.
func (s Stage) Tables() []string {
	switch s {
	case Segments:
		return []string{tables.Segment}
	case Tags:
		return []string{tables.Tag}
	case Contacts:
		return []string{tables.Contact, tables.ContactTag}
	case ContactSegments:
		return []string{tables.ContactSegment}
	case Companies:
		return []string{tables.Company, tables.CompanyTag, tables.CompanySegment}
	case Snapshot:
		return []string{tables.Snapshot}
	}
	return nil
}

// StagesFor lists the stages that fill the tables, in the order of Stages.
// Unknown tables are passed over.
func StagesFor(wanted []string) []Stage {
	return slices.DeleteFunc(Stages(), func(s Stage) bool {
		return !slices.ContainsFunc(s.Tables(), func(t string) bool { return slices.Contains(wanted, t) })
	})
}
