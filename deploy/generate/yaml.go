package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"intercom-connector/deploy/recipes"
)

// logicalID turns contact_tag or a-recipe into ContactTag and ARecipe.
func logicalID(name string) string {
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '_' || r == '-' }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// quote writes a text as a YAML scalar: JSON's strings are YAML's, < and > as they are.
func quote(value any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // strings never fail
	return strings.TrimSuffix(b.String(), "\n")
}

// layout says where a table's files are, and in which form. Partition projection
// tells it of each day: there is nothing to crawl or to repair.
type layout struct {
	description, folder, serde string
	keys                       []string // the partition keys, each as YAML
	projection                 []string // parameters, each as YAML
}

// firstDay is before any day that a lake can have: the first version is of 2026,
// and Intercom exports three years at most. It is a fact of the program's, not of
// a stack: one that is deployed anew shows every day that its lake has.
const firstDay = "2022-01-01"

const (
	jsonLines = "{SerializationLibrary: org.openx.data.jsonserde.JsonSerDe, Parameters: {ignore.malformed.json: \"false\"}}"
	// A line is one column: no line holds the separator.
	textLines = "{SerializationLibrary: org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe, Parameters: {field.delim: \"\\x01\", serialization.format: \"1\"}}"
)

const (
	dayKey  = "{Name: dt, Type: date}"
	nameKey = "{Name: table_name, Type: string}"
)

// anyDay are the days of a table that may be there. A workspace east of Greenwich is a
// day ahead for some hours.
var anyDay = []string{
	"projection.dt.type: date", "projection.dt.format: yyyy-MM-dd",
	"projection.dt.range: \"" + firstDay + ",NOW+1DAYS\"",
	`projection.dt.interval: "1"`, "projection.dt.interval.unit: DAYS",
}

// located says where a partition's files are, from its keys.
func located(folder string) string {
	return "storage.location.template: !Sub " + quote("s3://${Bucket}/lake/"+folder)
}

func (r relation) parts() layout {
	return layout{
		description: "The files of " + r.name + ", unpublished ones too: query the view " + r.name + ".",
		folder:      r.name + "/", serde: jsonLines, keys: []string{dayKey},
		projection: append(slices.Clone(anyDay), located(r.name+"/dt=${!dt}/")),
	}
}

func publicationsOf(names []string) layout {
	return layout{
		description: "Which run of each table's day is the published one.",
		folder:      "_published/", serde: jsonLines, keys: []string{nameKey},
		projection: []string{
			"projection.table_name.type: enum", "projection.table_name.values: " + quote(strings.Join(names, ",")),
			located("_published/${!table_name}/"),
		},
	}
}

// A table whose name only the question tells.
var (
	anyParts = layout{
		description: "The files of any table as lines, unpublished ones too: query the view lines.",
		folder:      "", serde: textLines, keys: []string{nameKey, dayKey},
		projection: append(slices.Clone(anyDay), "projection.table_name.type: injected", located("${!table_name}/dt=${!dt}/")),
	}
	anyPublications = layout{
		description: "Which run of each day is the published one, for the table that the query names.",
		folder:      "_published/", serde: jsonLines, keys: []string{nameKey},
		projection: []string{"projection.table_name.type: injected", located("_published/${!table_name}/")},
	}
)

// tableResource is the raw table over the files of all runs.
func (r relation) tableResource(l layout) string {
	var b strings.Builder
	fmt.Fprintf(&b, `  %s:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Database
      TableInput:
        Name: %s
        Description: %s
        TableType: EXTERNAL_TABLE
        Parameters:
          EXTERNAL: "TRUE"
          projection.enabled: "true"
`, logicalID(r.table), r.table, quote(l.description))
	for _, line := range l.projection {
		b.WriteString("          " + line + "\n")
	}
	b.WriteString("        PartitionKeys:\n")
	for _, key := range l.keys {
		b.WriteString("          - " + key + "\n")
	}
	fmt.Fprintf(&b, `        StorageDescriptor:
          Location: !Sub %s
          InputFormat: org.apache.hadoop.mapred.TextInputFormat
          OutputFormat: org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat
          SerdeInfo: %s
          Columns:
`, quote("s3://${Bucket}/lake/"+l.folder), l.serde)
	for _, c := range r.columns {
		if c.hive != "" {
			fmt.Fprintf(&b, "            - {Name: %s, Type: %s}\n", quote(c.name), c.hive)
		}
	}
	return b.String()
}

// viewResource is the view as Athena and Trino keep it in Glue: its SQL and columns
// are JSON within a comment, in base64. They resolve the tables in the view's own
// database. Trino knows a view by its comment, which a description would replace,
// and asks for an owner of one that does not run as whoever queries it.
func (r relation) viewResource() string {
	type shown struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	view := struct {
		SQL     string  `json:"originalSql"`
		Catalog string  `json:"catalog"`
		Schema  string  `json:"schema"`
		Columns []shown `json:"columns"`
		Invoker bool    `json:"runAsInvoker"`
	}{SQL: strings.ReplaceAll(r.view, "${", "${!"), Catalog: "awsdatacatalog", Schema: "${Database}", Invoker: true}
	for _, c := range r.shown() {
		view.Columns = append(view.Columns, shown{c.name, c.sql})
	}
	var b strings.Builder
	fmt.Fprintf(&b, `  %sView:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Database
      TableInput:
        Name: %s
        TableType: VIRTUAL_VIEW
        Parameters: {presto_view: "true", comment: Presto View}
        PartitionKeys: []
        ViewExpandedText: "/* Presto View */"
        ViewOriginalText: !Sub
          - "/* Presto View: ${Encoded} */"
          - Encoded:
              Fn::Base64: !Sub %s
        StorageDescriptor:
          Location: ""
          SerdeInfo: {}
          Columns:
`, logicalID(r.name), r.name, quote(quote(view)))
	for _, c := range r.shown() {
		fmt.Fprintf(&b, "            - {Name: %s, Type: %s}\n", quote(c.name), hiveOf(c.sql))
	}
	return b.String()
}

func recipeResource(r recipes.Recipe) string {
	var b strings.Builder
	fmt.Fprintf(&b, `  Recipe%s:
    Type: AWS::Athena::NamedQuery
    Properties:
      Name: %s
      Description: %s
      Database: !Ref Database
      WorkGroup: !Ref WorkGroup
      QueryString: |
`, logicalID(r.Name), quote(r.Name), quote(r.Title))
	for line := range strings.Lines(strings.TrimRight(r.SQL, "\n") + "\n") {
		if strings.TrimSpace(line) == "" {
			b.WriteString("\n")
			continue
		}
		b.WriteString("        " + line)
	}
	return b.String()
}
