package membership

import (
	"encoding/json"
	"time"

	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/people"
	"intercom-connector/membership/tables"
)

func segmentRow(s people.Segment) tables.Row {
	return tables.Row{Table: tables.Segment, Values: []any{
		s.ID, orNull(s.Name), orNull(s.PersonType), countOrNull(s.Count), instant(s.CreatedAt), instant(s.UpdatedAt), unparsed(s.Invalid),
	}}
}

func tagRow(t people.Tag) tables.Row {
	return tables.Row{Table: tables.Tag, Values: []any{t.ID, orNull(t.Name)}}
}

func contactRow(c *people.Contact) tables.Row {
	return tables.Row{Table: tables.Contact, Values: []any{
		c.ID, orNull(c.ExternalID), orNull(c.Role), orNull(c.Email), orNull(c.Name),
		instant(c.CreatedAt), instant(c.UpdatedAt), instant(c.LastSeenAt), orNull(c.WorkspaceID), jsonText(c.CustomAttributes),
		unparsed(c.Invalid),
	}}
}

func companyRow(c *people.Company) tables.Row {
	return tables.Row{Table: tables.Company, Values: []any{
		c.ID, orNull(c.CompanyID), orNull(c.Name), instant(c.CreatedAt), instant(c.UpdatedAt),
		known(c.MonthlySpend), known(c.UserCount), orNull(c.Plan), jsonText(c.CustomAttributes), unparsed(c.Invalid),
	}}
}

// relation is a row of a table of two ids.
func relation(table, one, other string) tables.Row {
	return tables.Row{Table: table, Values: []any{one, other}}
}

func orNull(s string) any {
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

func known[T any](value *T) any {
	if value == nil {
		return nil
	}
	return *value
}

func unparsed(o answer.Invalid) any {
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
