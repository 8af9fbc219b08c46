package membership

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

// The tables, by name.
const (
	TableSegment        = "segment"
	TableTag            = "tag"
	TableContact        = "contact"
	TableContactTag     = "contact_tag"
	TableContactSegment = "contact_segment"
	TableCompany        = "company"
	TableCompanyTag     = "company_tag"
	TableCompanySegment = "company_segment"
	TableSnapshot       = "membership_snapshot"
)

// Tables defines every table of a snapshot, in the order of the stages that
// fill them. company_id in company_tag and company_segment is Intercom's own
// id (company.id), not the one that the customer gave (company.company_id).
// unparsed_values holds what is not of its column's type, {column: text}; the
// column is null then.
func Tables() []Table {
	return []Table{
		{TableSegment, []Column{
			key("id"), text("name"), text("person_type"), {Name: "count", Kind: Long}, at("created_at"), at("updated_at"), {Name: "unparsed_values", Kind: JSON},
		}},
		{TableTag, []Column{key("id"), text("name")}},
		{TableContact, []Column{
			key("id"), personal("external_id", String), text("role"), personal("email", String), personal("name", String),
			at("created_at"), at("updated_at"), at("last_seen_at"), text("workspace_id"), personal("custom_attributes", JSON),
			personal("unparsed_values", JSON),
		}},
		{TableContactTag, []Column{key("contact_id"), key("tag_id")}},
		{TableContactSegment, []Column{key("contact_id"), key("segment_id")}},
		{TableCompany, []Column{
			key("id"), text("company_id"), text("name"), at("created_at"), at("updated_at"),
			{Name: "monthly_spend", Kind: Double},
			{Name: "user_count", Kind: Long},
			text("plan_name"), personal("custom_attributes", JSON), personal("unparsed_values", JSON),
		}},
		{TableCompanyTag, []Column{key("company_id"), key("tag_id")}},
		{TableCompanySegment, []Column{key("company_id"), key("segment_id")}},
		{TableSnapshot, append([]Column{
			{Name: "snapshot_date", Kind: Date, Key: true}, at("snapshot_at"), at("finished_at"), {Name: "complete", Kind: Boolean}, text("unproven"),
		}, rowCounts()...)},
	}
}

// rowCounts is a column for each table that a snapshot counts.
func rowCounts() []Column {
	var columns []Column
	for _, name := range countedTables() {
		columns = append(columns, Column{Name: name + "_rows", Kind: Long})
	}
	return columns
}

// countedTables is every table but the one that counts them.
func countedTables() []string {
	return []string{
		TableSegment, TableTag, TableContact, TableContactTag, TableContactSegment,
		TableCompany, TableCompanyTag, TableCompanySegment,
	}
}

func key(name string) Column                 { return Column{Name: name, Kind: String, Key: true} }
func text(name string) Column                { return Column{Name: name, Kind: String} }
func at(name string) Column                  { return Column{Name: name, Kind: Timestamp} }
func personal(name string, kind Kind) Column { return Column{Name: name, Kind: kind, Personal: true} }
