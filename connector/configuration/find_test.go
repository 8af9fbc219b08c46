package configuration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	file := func(name, dataset string) string {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(`{"dataset_id": "`+dataset+`"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	flag, variable := file("flag.json", "of the flag"), file("variable.json", "of the variable")
	environment := map[string]string{"INTERCOM_ACCESS_TOKEN": "Geheimnis-42", "INTERCOM_DATASET_ID": "of the environment"}
	for _, test := range []struct {
		name     string
		flag     string
		env      map[string]string
		inFolder bool
		dataset  string
		from     string
	}{
		{"nothing", "", nil, false, "", ""},
		{"environment", "", environment, false, "of the environment", "the environment (INTERCOM_ACCESS_TOKEN, INTERCOM_DATASET_ID)"},
		{"working directory before it", "", environment, true, "of the directory", "./configuration.json"},
		{"variable before that", "", map[string]string{"FIVETRAN_CONFIGURATION": variable, "INTERCOM_ACCESS_TOKEN": "x"}, true, "of the variable", "variable.json, which $FIVETRAN_CONFIGURATION names"},
		{"flag before all", flag, map[string]string{"FIVETRAN_CONFIGURATION": variable}, true, "of the flag", "flag.json"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.inFolder {
				file(DefaultPath, "of the directory")
				defer os.Remove(DefaultPath)
			}
			values, from, err := Find(test.flag, func(name string) string { return test.env[name] })
			if err != nil || values["dataset_id"] != test.dataset || from != test.from {
				t.Errorf("%v from %q, %v", values, from, err)
			}
		})
	}
	values, _, err := Find("", func(name string) string { return environment[name] })
	if diff := cmp.Diff(map[string]string{"access_token": "Geheimnis-42", "dataset_id": "of the environment"}, values); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, test := range []struct {
		flag string
		env  map[string]string
		says string
	}{
		{"none.json", nil, "open none.json"},
		{"", map[string]string{"FIVETRAN_CONFIGURATION": "none.json", "INTERCOM_ACCESS_TOKEN": "x"}, "open none.json"},
		{"", map[string]string{"INTERCOM_REGION": "EU"}, "INTERCOM_REGION), but no INTERCOM_ACCESS_TOKEN"},
	} {
		if _, _, err := Find(test.flag, func(name string) string { return test.env[name] }); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("got %v, want %q", err, test.says)
		}
	}
}

func TestKnown(t *testing.T) {
	if err := Known(map[string]string{"access_token": "x", "dataset_id": "all"}); err != nil {
		t.Error(err)
	}
	err := Known(map[string]string{"dataset_ids": "Geheimnis-42", "zzz": ""})
	want := "dataset_ids: there is no such key; did you mean \"dataset_id\"?\nzzz: there is no such key"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}
