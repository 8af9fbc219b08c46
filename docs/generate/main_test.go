package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is written is what the code says: the files in the repository are
// compared with new ones.
func TestFilesAreCurrent(t *testing.T) {
	root := t.TempDir()
	if err := run(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	files := func(root string) map[string]string {
		found := map[string]string{}
		paths, err := filepath.Glob(filepath.Join(root, stagingFolder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range append(paths, filepath.Join(root, "docs/tables.md"), filepath.Join(root, "deploy/dbt/models/sources.yml"), filepath.Join(root, "deploy/dbt/models/lake.yml")) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			found[filepath.Base(path)] = string(text)
		}
		return found
	}
	want, got := files(root), files("../..")
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 20 {
		t.Errorf("%d files are not what the code says (run: go run ./docs/generate):\n%s", len(want), diff)
	}
}

func TestMeaningOfColumns(t *testing.T) {
	call := table{name: "call"}
	tests := []struct {
		name   string
		table  table
		column column
		want   string // "" is an error
	}{
		{"a line of its own", call, column{name: "call_id"}, "Intercom's id of the call."},
		{"a line of its table", table{name: "tag"}, column{name: "name"}, "The tag's name."},
		{"a narrowed duration", call, column{name: "response_time_in_office_hours"}, "Seconds until the reply, in office hours only."},
		{"a duration narrowed twice", call, column{name: "time_to_close_excluding_bot_inbox_in_office_hours"}, "Seconds from the start to the last close, without time in the bot's inbox and in office hours only."},
		{"a workspace's own", call, column{name: "people_brand", attribute: "people.Brand"}, `The workspace's attribute "Brand" of namespace people.`},
		{"nothing known", call, column{name: "shoe_size", attribute: "standard.shoe_size"}, ""},
	}
	for _, test := range tests {
		words := newMeanings()
		got := words.column(test.table.name, test.column)
		if got != test.want || (words.missing != nil) != (test.want == "") {
			t.Errorf("%s: %q, %v; want %q", test.name, got, words.missing, test.want)
		}
	}
}

func TestEdges(t *testing.T) {
	tables := []table{
		{name: "conversation", columns: []column{{name: "conversation_id", key: true}}},
		{name: "call_team_stats", columns: []column{{name: "call_id", key: true}, {name: "occurrence", key: true}, {name: "conversation_id"}}},
		{name: "tag", of: members, columns: []column{{name: "id", key: true}}},
		{name: "contact_tag", of: members, columns: []column{{name: "contact_id", key: true}, {name: "tag_id", key: true}}},
	}
	if diff := cmp.Diff([]edge{{"call_team_stats", "conversation_id", "conversation", "conversation_id"}}, edges(tables, datasets), cmp.AllowUnexported(edge{})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]edge{{"contact_tag", "tag_id", "tag", "id"}}, edges(tables, members), cmp.AllowUnexported(edge{})); diff != "" {
		t.Error(diff)
	}
}
