package main

import (
	"encoding/json"
	"fmt"
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

// quote writes a text as a YAML scalar: JSON's strings are YAML's.
func quote(s string) string {
	data, _ := json.Marshal(s) // a string never fails
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(data))
}

// tableResource is the raw table over the files of all runs. Partition
// projection tells where each day's files are: there is nothing to crawl or to
// repair.
func (r relation) tableResource() string {
	var b strings.Builder
	location, key, projection := "s3://${Bucket}/lake/"+r.name+"/", "dt", []string{
		"projection.dt.type: date", "projection.dt.format: yyyy-MM-dd",
		// A workspace east of Greenwich is a day ahead for some hours.
		`projection.dt.range: !Sub "${FirstDay},NOW+1DAYS"`,
		`projection.dt.interval: "1"`, "projection.dt.interval.unit: DAYS",
		`storage.location.template: !Sub "` + "s3://${Bucket}/lake/" + r.name + `/dt=${!dt}/"`,
	}
	description := "The files of " + r.name + ", unpublished ones too: query the view " + r.name + "."
	if r.table == publications.table {
		location, key = "s3://${Bucket}/lake/_published/", "table_name"
		var names []string
		for _, other := range relations() {
			names = append(names, other.name)
		}
		projection = []string{
			"projection.table_name.type: enum", `projection.table_name.values: "` + strings.Join(names, ",") + `"`,
			`storage.location.template: !Sub "s3://${Bucket}/lake/_published/${!table_name}/"`,
		}
		description = "Which run of each table's day is the published one."
	}
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
          classification: json
          projection.enabled: "true"
`, logicalID(r.table), r.table, quote(description))
	for _, line := range projection {
		b.WriteString("          " + line + "\n")
	}
	fmt.Fprintf(&b, `        PartitionKeys:
          - {Name: %s, Type: string}
        StorageDescriptor:
          Location: !Sub %s
          InputFormat: org.apache.hadoop.mapred.TextInputFormat
          OutputFormat: org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat
          SerdeInfo:
            SerializationLibrary: org.openx.data.jsonserde.JsonSerDe
            Parameters: {ignore.malformed.json: "false"}
          Columns:
`, key, quote(location))
	for _, c := range r.columns {
		if c.hive != "" {
			fmt.Fprintf(&b, "            - {Name: %s, Type: %s}\n", quote(c.name), c.hive)
		}
	}
	return b.String()
}

// viewResource is the view as Athena keeps it in Glue: its SQL and columns are
// JSON within a comment, in base64. Athena resolves the tables in the view's
// own database.
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
	}{SQL: strings.ReplaceAll(r.view, "${", "${!"), Catalog: "awsdatacatalog", Schema: "${Database}"}
	for _, c := range r.shown() {
		view.Columns = append(view.Columns, shown{c.name, c.sql})
	}
	data, _ := json.Marshal(view) // strings never fail
	var b strings.Builder
	fmt.Fprintf(&b, `  %sView:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Database
      TableInput:
        Name: %s
        Description: %s
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
`, logicalID(r.name), r.name, quote("Published rows of "+r.name+", a day in each dt."), quote(string(data)))
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
