package configuration

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// The places of a configuration, in the order in which they are looked at.
const (
	PathVariable = "FIVETRAN_CONFIGURATION" // the path of a file
	DefaultPath  = "configuration.json"     // in the working directory
	Prefix       = "INTERCOM_"              // of a variable for each key
)

// Variable is the environment variable of a key, such as INTERCOM_ACCESS_TOKEN.
func Variable(key string) string { return Prefix + strings.ToUpper(key) }

// Found is a configuration and where it was.
type Found struct {
	Values map[string]string // nil where there is none
	From   string            // for people; "" where there is none
	// Warning is what is wrong with its file though it can be read: others can too.
	Warning string
}

// Find takes a configuration from where people of this ecosystem expect it: the
// file that a flag names, the one that $FIVETRAN_CONFIGURATION names,
// ./configuration.json, or else environment variables, one for each key. The first
// that is there counts, alone.
func Find(flag string, getenv func(string) string) (Found, error) {
	if flag != "" {
		return inFile(flag, flag)
	}
	if path := getenv(PathVariable); path != "" {
		return inFile(path, path+", which $"+PathVariable+" names")
	}
	if _, err := os.Lstat(DefaultPath); err == nil {
		return inFile(DefaultPath, "./"+DefaultPath)
	}
	values := fromEnvironment(getenv)
	if len(values) == 0 {
		return Found{}, nil
	}
	names := make([]string, 0, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		names = append(names, Variable(key))
	}
	from := "the environment (" + strings.Join(names, ", ") + ")"
	if values["access_token"] == "" {
		return Found{From: from}, fmt.Errorf("there is a configuration in %s, but no %s", from, Variable("access_token"))
	}
	return Found{Values: values, From: from}, nil
}

func inFile(path, from string) (Found, error) {
	values, err := ReadFile(path)
	return Found{Values: values, From: from, Warning: exposed(path)}, err
}

func fromEnvironment(getenv func(string) string) map[string]string {
	values := map[string]string{}
	for _, key := range Keys() {
		if v := getenv(Variable(key)); v != "" {
			values[key] = v
		}
	}
	return values
}

// Known refuses keys that nobody knows, which are mostly misspelt: what they were
// to change would silently stay as it is.
func Known(values map[string]string) error {
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(Keys(), key) {
			errs = append(errs, fmt.Errorf("%s: there is no such key%s", key, Suggest(key, Keys())))
		}
	}
	return errors.Join(errs...)
}
