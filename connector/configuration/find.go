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

// Find takes a configuration from where people of this ecosystem expect it: the
// file that a flag names, the one that $FIVETRAN_CONFIGURATION names,
// ./configuration.json, or else environment variables, one for each key. The first
// that is there counts, alone. from says which it was, for people; it is "" when
// there is none.
func Find(flag string, getenv func(string) string) (values map[string]string, from string, err error) {
	if flag != "" {
		values, err = ReadFile(flag)
		return values, flag, err
	}
	if path := getenv(PathVariable); path != "" {
		values, err = ReadFile(path)
		return values, path + ", which $" + PathVariable + " names", err
	}
	if _, err := os.Lstat(DefaultPath); err == nil {
		values, err = ReadFile(DefaultPath)
		return values, "./" + DefaultPath, err
	}
	values = fromEnvironment(getenv)
	if len(values) == 0 {
		return nil, "", nil
	}
	names := make([]string, 0, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		names = append(names, Variable(key))
	}
	from = "the environment (" + strings.Join(names, ", ") + ")"
	if values["access_token"] == "" {
		return nil, from, fmt.Errorf("there is a configuration in %s, but no %s", from, Variable("access_token"))
	}
	return values, from, nil
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
