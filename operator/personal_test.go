package operator

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/intercom"
	"intercom-connector/membership/tables"
)

var update = flag.Bool("update", false, "write what stays into docs/privacy.md")

// stays are the columns of a dataset that stay without anything about persons.
func stays(id string, more ...intercom.Attribute) []string {
	d := intercom.Dataset{ID: id, Attributes: more}
	if known, _ := dataset.Lookup(id); known.Time != "" {
		d.TimeAttributeID = known.Time
	}
	for _, name := range dataset.Attributes(id) {
		a := intercom.Attribute{ID: name}
		if _, bare, qualified := strings.Cut(name, "."); qualified {
			a = intercom.Attribute{ID: bare, QualifiedID: name}
		}
		d.Attributes = append(d.Attributes, a)
	}
	table, err := dataset.New(d, id, dataset.Choice{})
	if err != nil {
		return nil
	}
	var columns []string
	for _, c := range table.Columns {
		if impersonal(id, c) {
			columns = append(columns, c.Name)
		}
	}
	return columns
}

// What stays was reviewed column by column: docs/privacy.md has the list.
func TestWhatStaysWithoutPersons(t *testing.T) {
	page, err := os.ReadFile("../docs/privacy.md")
	if err != nil {
		t.Fatal(err)
	}
	reviewed := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (.*) \\|$").FindAllStringSubmatch(string(page), -1) {
		reviewed[row[1]] = nil
		for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[2], -1) {
			reviewed[row[1]] = append(reviewed[row[1]], name[1])
		}
	}
	now, rows := map[string][]string{}, ""
	for _, id := range dataset.IDs() {
		now[id] = stays(id)
		columns := "none"
		if len(now[id]) > 0 {
			columns = "`" + strings.Join(now[id], "`, `") + "`"
		}
		rows += "| `" + id + "` | " + columns + " |\n"
	}
	if len(now) < 13 {
		t.Errorf("%d datasets", len(now))
	}
	if *update {
		before, after, _ := strings.Cut(string(page), "| dataset | what stays |\n|---|---|\n")
		_, after, _ = strings.Cut(after, "\n\n")
		if err := os.WriteFile("../docs/privacy.md", []byte(before+"| dataset | what stays |\n|---|---|\n"+rows+"\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(reviewed, now); diff != "" {
		t.Errorf("what stays (-docs/privacy.md +the code; look whether it is about persons, then -update):\n%s", diff)
	}
}

// The tables beside the export were reviewed too: each of their columns is listed in
// docs/privacy.md, or says nothing about a person beyond an id.
func TestPersonsInOtherTables(t *testing.T) {
	page, err := os.ReadFile("../docs/privacy.md")
	if err != nil {
		t.Fatal(err)
	}
	reviewed := map[string][]string{}
	_, rows, _ := strings.Cut(string(page), "| table | about persons |\n")
	rows, _, _ = strings.Cut(rows, "\n\n")
	for _, row := range regexp.MustCompile(`(?m)^\| (\w+) \| (.*) \|$`).FindAllStringSubmatch(rows, -1) {
		reviewed[row[1]] = nil
		for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[2], -1) {
			reviewed[row[1]] = append(reviewed[row[1]], name[1])
		}
	}
	now := map[string][]string{}
	for _, table := range slices.Concat(tables.All(), tables.Lookups(), []tables.Table{tables.Deletions()}) {
		now[table.Name] = nil
		for _, c := range table.Columns {
			if c.Personal {
				now[table.Name] = append(now[table.Name], c.Name)
			}
		}
	}
	for _, table := range engagement.Tables() {
		now[table.Name] = nil
		for _, c := range table.Columns {
			if !impersonalOfMessage(table.Name, c.Name) {
				now[table.Name] = append(now[table.Name], c.Name)
			}
		}
		now[table.Name] = append(now[table.Name], table.Rest)
	}
	if diff := cmp.Diff(reviewed, now); diff != "" {
		t.Errorf("what is about persons (-docs/privacy.md +the code):\n%s", diff)
	}
}

func TestStrangeColumnsAreAboutPersons(t *testing.T) {
	before := len(stays("conversation"))
	for _, a := range []intercom.Attribute{
		{ID: "channel2"},
		{ID: "x", QualifiedID: "standard.x"},
		{ID: "born_at", QualifiedID: "timestamp.born_at"},
		{ID: "age", QualifiedID: "duration.age"},
		{ID: "Channel", QualifiedID: "people.Channel"},
		{ID: "agent_type2", QualifiedID: "conversation.agent_type"},
		{ID: "call_state", QualifiedID: "people.call_state"},
	} {
		if n := len(stays("conversation", a)); n > before {
			t.Errorf("%v stays", a)
		}
	}
	if len(stays("a_dataset_of_tomorrow", intercom.Attribute{ID: "channel", QualifiedID: "standard.channel"})) != 0 {
		t.Error("a column of an unknown dataset stays")
	}
	for _, id := range dataset.IDs() {
		for _, name := range stays(id) {
			for _, word := range []string{"name", "email", "user", "pseudonym", "remark", "title", "description", "url", "company", "topic", "teammate_id", "raw_id"} {
				if strings.Contains(name, word) {
					t.Errorf("%s: %s stays", id, name)
				}
			}
		}
	}
}
