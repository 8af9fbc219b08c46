package membership

import (
	"time"

	"intercom-connector/intercom"
)

// Row is one row of a table: a value for each of its columns, in their order.
// See Kind for what the values are. It belongs to whoever received it.
type Row struct {
	Table  string
	Values []any
}

func segmentRow(s intercom.Segment) Row {
	return Row{TableSegment, []any{
		s.ID, orNull(s.Name), orNull(s.PersonType), int64(s.Count), instant(s.CreatedAt), instant(s.UpdatedAt),
	}}
}

func tagRow(t intercom.Tag) Row { return Row{TableTag, []any{t.ID, orNull(t.Name)}} }

func contactRow(c *intercom.Contact) Row {
	return Row{TableContact, []any{
		c.ID, orNull(c.ExternalID), orNull(c.Role), orNull(c.Email), orNull(c.Name),
		instant(c.CreatedAt), instant(c.UpdatedAt), instant(c.LastSeenAt), orNull(c.WorkspaceID), jsonText(c.CustomAttributes),
	}}
}

func companyRow(c *intercom.Company) Row {
	return Row{TableCompany, []any{
		c.ID, orNull(c.CompanyID), orNull(c.Name), instant(c.CreatedAt), instant(c.UpdatedAt),
		c.MonthlySpend, int64(c.UserCount), orNull(c.Plan), jsonText(c.CustomAttributes),
	}}
}

// relation is a row of a table of two ids.
func relation(table, one, other string) Row { return Row{table, []any{one, other}} }

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// instant is epoch seconds as a time; Intercom gives none, or zero, for never.
func instant(epoch int64) any {
	if epoch == 0 {
		return nil
	}
	return time.Unix(epoch, 0).UTC()
}

func jsonText(raw []byte) any {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	return string(raw)
}
