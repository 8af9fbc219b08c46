package operator

import (
	"strings"

	"intercom-connector/connector/export/dataset"
)

// aboutPerson reports whether a column of an export says who a contact is.
func aboutPerson(c dataset.Column) bool {
	id := strings.ToLower(c.Attribute.ID)
	return strings.HasPrefix(c.Attribute.QualifiedID, "people.") ||
		strings.Contains(id, "email") || strings.Contains(id, "pseudonym") || strings.Contains(id, "external id") ||
		(strings.HasPrefix(id, "user_") || strings.HasPrefix(id, "customer_")) && strings.Contains(id, "name")
}
