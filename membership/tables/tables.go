// Package tables says what the tables of a snapshot hold: their names, columns
// and kinds of values, for the walk that fills them and for whoever keeps their
// rows.
package tables

// Kind is the type of a column's values, as every destination knows it.
type Kind string

// The kinds. A Row holds a string, an int64, a float64, a bool or a time.Time
// (UTC) for them, a string for a Date (2006-01-02) and for JSON, and nil for
// null in any.
const (
	String    Kind = "string"
	Long      Kind = "long"
	Double    Kind = "double"
	Boolean   Kind = "boolean"
	Timestamp Kind = "timestamp"
	Date      Kind = "date"
	JSON      Kind = "json"
)

// Column is one column of a table.
type Column struct {
	Name     string
	Kind     Kind
	Key      bool // part of what tells one row of a snapshot from another
	Personal bool // says something about a person beyond an opaque id
}

// Table is the shape of one table of a snapshot.
type Table struct {
	Name    string
	Columns []Column
}

// Row is one row of a table: a value for each of its columns, in their order.
// See Kind for what the values are. It belongs to whoever received it.
type Row struct {
	Table  string
	Values []any
}

// The tables, by name.
const (
	Segment        = "segment"
	Tag            = "tag"
	Contact        = "contact"
	ContactTag     = "contact_tag"
	ContactSegment = "contact_segment"
	Company        = "company"
	CompanyTag     = "company_tag"
	CompanySegment = "company_segment"
	Snapshot       = "membership_snapshot"
)

// All defines every table of a snapshot, in the order of the stages that
// fill them. company_id in company_tag and company_segment is Intercom's own
// id (company.id), not the one that the customer gave (company.company_id).
// unparsed_values holds what is not of its column's type, {column: text}; the
// column is null then.
func All() []Table {
	return []Table{
		{Segment, []Column{
			key("id"), text("name"), text("person_type"), {Name: "count", Kind: Long}, at("created_at"), at("updated_at"), {Name: "unparsed_values", Kind: JSON},
		}},
		{Tag, []Column{key("id"), text("name")}},
		{Contact, []Column{
			key("id"), personal("external_id", String), text("role"), personal("email", String), personal("name", String),
			at("created_at"), at("updated_at"), at("last_seen_at"), text("workspace_id"), personal("custom_attributes", JSON),
			personal("unparsed_values", JSON),
		}},
		{ContactTag, []Column{key("contact_id"), key("tag_id")}},
		{ContactSegment, []Column{key("contact_id"), key("segment_id")}},
		{Company, []Column{
			key("id"), text("company_id"), text("name"), at("created_at"), at("updated_at"),
			{Name: "monthly_spend", Kind: Double},
			{Name: "user_count", Kind: Long},
			text("plan_name"), personal("custom_attributes", JSON), personal("unparsed_values", JSON),
		}},
		{CompanyTag, []Column{key("company_id"), key("tag_id")}},
		{CompanySegment, []Column{key("company_id"), key("segment_id")}},
		{Snapshot, append([]Column{
			{Name: "snapshot_date", Kind: Date, Key: true}, at("snapshot_at"), at("finished_at"), {Name: "complete", Kind: Boolean}, text("unproven"),
		}, rowCounts()...)},
	}
}

// Membership is a table of who is in which list, by the columns that name both.
type Membership struct{ Table, Member, List string }

// Memberships are those tables: of segments, and of tags.
func Memberships() []Membership {
	return []Membership{
		{ContactSegment, "contact_id", "segment_id"},
		{ContactTag, "contact_id", "tag_id"},
		{CompanySegment, "company_id", "segment_id"},
		{CompanyTag, "company_id", "tag_id"},
	}
}

// rowCounts is a column for each table that a snapshot counts.
func rowCounts() []Column {
	var columns []Column
	for _, name := range Counted() {
		columns = append(columns, Column{Name: name + "_rows", Kind: Long})
	}
	return columns
}

// Counted names every table but the one that counts them.
func Counted() []string {
	return []string{
		Segment, Tag, Contact, ContactTag, ContactSegment,
		Company, CompanyTag, CompanySegment,
	}
}

func key(name string) Column                 { return Column{Name: name, Kind: String, Key: true} }
func text(name string) Column                { return Column{Name: name, Kind: String} }
func at(name string) Column                  { return Column{Name: name, Kind: Timestamp} }
func personal(name string, kind Kind) Column { return Column{Name: name, Kind: kind, Personal: true} }
