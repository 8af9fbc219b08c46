package docs

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector"
	"intercom-connector/connector/configuration"
	sdk "intercom-connector/proto"
)

func form(t *testing.T) *sdk.ConfigurationFormResponse {
	t.Helper()
	form, err := connector.New(connector.Options{}).ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return form
}

func keys(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, field := range form(t).GetFields() {
		names = append(names, field.GetName())
	}
	return slices.Sorted(slices.Values(names))
}

var quoted = regexp.MustCompile("`([^`]+)`")

// Every key of the form is told, and no other, wherever a table lists keys.
func TestKeysAreTold(t *testing.T) {
	for _, page := range []string{"configuration.md", "setup-guide.md"} {
		var told []string
		for _, row := range rows(read(t, page), "key") {
			for _, match := range quoted.FindAllStringSubmatch(row.cell, -1) {
				told = append(told, match[1])
			}
		}
		slices.Sort(told)
		if diff := cmp.Diff(keys(t), told); diff != "" {
			t.Errorf("%s: keys (- the form's, + the page's):\n%s", page, diff)
		}
	}
}

// A sentence that speaks of a key speaks of one that there is.
func TestKeysInSentences(t *testing.T) {
	known, spoken := keys(t), 0
	named := regexp.MustCompile("\\bkey `([a-z_]+)`")
	for _, page := range pages(t) {
		for _, match := range named.FindAllStringSubmatch(read(t, page), -1) {
			spoken++
			if !slices.Contains(known, match[1]) {
				t.Errorf("%s: there is no key %s", page, match[1])
			}
		}
	}
	if spoken == 0 {
		t.Error("no sentence names a key")
	}
}

// Names of fields and setup tests are those that people see.
func TestLabelsAreTheForms(t *testing.T) {
	guide := read(t, "setup-guide.md")
	want := map[string]string{}
	for _, field := range form(t).GetFields() {
		want[field.GetName()] = field.GetLabel()
	}
	got := map[string]string{}
	for _, row := range rows(guide, "key") {
		got[strings.Trim(row.cell, "`")] = row.cells[0]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (- the form's, + the guide's):\n%s", diff)
	}
	var wantTests, gotTests []string
	for _, test := range form(t).GetTests() {
		wantTests = append(wantTests, test.GetLabel())
	}
	for _, row := range rows(guide, "test") {
		gotTests = append(gotTests, row.cell)
	}
	if diff := cmp.Diff(wantTests, gotTests); diff != "" {
		t.Errorf("setup tests (- the form's, + the guide's):\n%s", diff)
	}
}

// Configurations that are shown or shipped are good ones, but for their token.
func TestConfigurationsAreGood(t *testing.T) {
	shown := map[string]string{}
	for _, path := range []string{
		"../configuration.example.json", "../deploy/compose.configuration.json",
		"../deploy/connector-sdk/project/configuration.example.json",
	} {
		shown[path] = read(t, path)
	}
	for _, page := range pages(t) {
		for _, block := range blocks(read(t, page), "json") {
			shown[page] = block
		}
	}
	for _, where := range slices.Sorted(maps.Keys(shown)) {
		var values map[string]string
		if err := json.Unmarshal([]byte(shown[where]), &values); err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		values["access_token"] = "a-token-of-tests"
		config, err := configuration.Parse(values)
		if err != nil || len(config.Unknown) > 0 {
			t.Errorf("%s: %v, unknown keys %q", where, err, config.Unknown)
		}
	}
}
