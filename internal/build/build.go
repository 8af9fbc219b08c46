// Package build says which build of the project a program is.
package build

import "runtime/debug"

// Number is the project's version.
const Number = "0.1.0"

// Version is the project's version and the revision that the program was built
// from, where the build knew it: make release does, go run does not.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Number
	}
	return version(info.Settings)
}

func version(settings []debug.BuildSetting) string {
	known := map[string]string{}
	for _, setting := range settings {
		known[setting.Key] = setting.Value
	}
	revision := known["vcs.revision"]
	switch {
	case revision == "":
		return Number
	case known["vcs.modified"] == "true":
		return Number + " (" + revision + ", changed)"
	default:
		return Number + " (" + revision + ")"
	}
}
