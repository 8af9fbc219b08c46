package configuration

import (
	"os"
	"path/filepath"
	"runtime"
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
			found, err := Find(test.flag, func(name string) string { return test.env[name] })
			if err != nil || found.Values["dataset_id"] != test.dataset || found.From != test.from || found.Warning != "" {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
	found, err := Find("", func(name string) string { return environment[name] })
	if diff := cmp.Diff(map[string]string{"access_token": "Geheimnis-42", "dataset_id": "of the environment"}, found.Values); diff != "" || err != nil {
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
		if _, err := Find(test.flag, func(name string) string { return test.env[name] }); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("got %v, want %q", err, test.says)
		}
	}
}

// A file that holds a token is its owner's to read.
func TestConfigurationOfOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "it is mine.json")
	if err := os.WriteFile(path, []byte(`{"access_token": "a-token-of-tests"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: runtime.GOOS != "windows", 0o604: runtime.GOOS != "windows", 0o620: runtime.GOOS != "windows", 0o602: runtime.GOOS != "windows", 0o644: runtime.GOOS != "windows"} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		found, err := Find(path, func(string) string { return "" })
		if err != nil || (found.Warning != "") != warned || warned && !strings.HasSuffix(found.Warning, "chmod 600 \""+path+"\"") {
			t.Errorf("%v: %+v, %v", mode, found, err)
		}
	}
}

func TestKnown(t *testing.T) {
	if err := Known(map[string]string{"access_token": "a-token-of-tests", "dataset_id": "all"}); err != nil {
		t.Error(err)
	}
	err := Known(map[string]string{"dataset_ids": "Geheimnis-42", "zzz": ""})
	want := "dataset_ids: there is no such key; did you mean \"dataset_id\"?\nzzz: there is no such key"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}
