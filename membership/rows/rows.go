// Package rows makes what Intercom tells of people, companies, segments and tags rows
// of package tables: nothing is null, and what is not of its column's type a text.
package rows

import (
	"encoding/json"
	"time"

	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/people"
	"intercom-connector/membership/tables"
)

func Segment(s people.Segment) tables.Row {
	return tables.Row{Table: tables.Segment, Values: []any{
		s.ID, OrNull(s.Name), OrNull(s.PersonType), countOrNull(s.Count), instant(s.CreatedAt), instant(s.UpdatedAt), Unparsed(s.Invalid),
	}}
}

func Tag(t people.Tag) tables.Row {
	return tables.Row{Table: tables.Tag, Values: []any{t.ID, OrNull(t.Name)}}
}

func Contact(c *people.Contact) tables.Row {
	return tables.Row{Table: tables.Contact, Values: []any{
		c.ID, OrNull(c.ExternalID), OrNull(c.Role), OrNull(c.Email), OrNull(c.Name),
		instant(c.CreatedAt), instant(c.UpdatedAt), instant(c.LastSeenAt), OrNull(c.WorkspaceID), jsonText(c.CustomAttributes),
		Unparsed(c.Invalid),
	}}
}

func Company(c *people.Company) tables.Row {
	return tables.Row{Table: tables.Company, Values: []any{
		c.ID, OrNull(c.CompanyID), OrNull(c.Name), instant(c.CreatedAt), instant(c.UpdatedAt),
		OrUnknown(c.MonthlySpend), OrUnknown(c.UserCount), OrNull(c.Plan), jsonText(c.CustomAttributes), Unparsed(c.Invalid),
	}}
}

// Relation is a row of a table of two ids.
func Relation(table, one, other string) tables.Row {
	return tables.Row{Table: table, Values: []any{one, other}}
}

// OrNull is a text, or null for none.
func OrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}

func countOrNull(n int) any {
	if n == answer.Unknown {
		return nil
	}
	return int64(n)
}

// OrUnknown is a value, or null where Intercom gives none.
func OrUnknown[T any](value *T) any {
	if value == nil {
		return nil
	}
	return *value
}

// Unparsed is what did not fit its columns, as JSON, or null.
func Unparsed(o answer.Invalid) any {
	if len(o.Unparsed) == 0 {
		return nil
	}
	b, err := json.Marshal(o.Unparsed)
	if err != nil {
		return nil // of texts by texts, which cannot fail
	}
	return string(b)
}

func jsonText(raw []byte) any {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	return string(raw)
}
