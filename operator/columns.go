package operator

import (
	"strings"

	"intercom-connector/connector/export/dataset"
	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/wire"
)

// field is an attribute of a dataset on its way into a column.
type field struct {
	intercom.Attribute
	column membership.Column
	time   bool // by this the export selects
}

// unparsed is the column of what did not fit the others: a JSON object of
// column to text.
var unparsed = membership.Column{Name: wire.UnparsedColumn, Kind: membership.JSON, Personal: true}

// kinds are the catalogue's kinds as the lake writes them.
var kinds = map[wire.Kind]membership.Kind{
	wire.String: membership.String, wire.Long: membership.Long,
	wire.Double: membership.Double, wire.UTCDatetime: membership.Timestamp,
}

// fields gives each attribute its column, with the name and the type that the
// connector gives it.
func fields(d intercom.Dataset) []field {
	attributes := dataset.Distinct(d.Attributes)
	all := make([]field, len(attributes))
	for i, name := range dataset.ColumnNames(attributes) {
		a := attributes[i]
		all[i] = field{
			Attribute: a,
			column:    membership.Column{Name: name, Kind: kinds[dataset.KindOf(a, d.TimeAttributeID)], Personal: aboutPerson(a)},
			time:      dataset.Own(a) && a.ID == d.TimeAttributeID || a.QualifiedID == d.TimeAttributeID,
		}
	}
	return all
}

// aboutPerson reports whether an attribute says who a contact is.
func aboutPerson(a intercom.Attribute) bool {
	id := strings.ToLower(a.ID)
	return dataset.Namespace(a) == "people" || strings.Contains(id, "email") || strings.Contains(id, "pseudonym") || strings.Contains(id, "external id") ||
		(strings.HasPrefix(id, "user_") || strings.HasPrefix(id, "customer_")) && strings.Contains(id, "name")
}
