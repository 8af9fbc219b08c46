package build

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123abcd"}
	tests := []struct {
		settings []debug.BuildSetting
		want     string
	}{
		{nil, Number},
		{[]debug.BuildSetting{revision, {Key: "vcs.modified", Value: "false"}}, Number + " (0123abcd)"},
		{[]debug.BuildSetting{revision, {Key: "vcs.modified", Value: "true"}}, Number + " (0123abcd, changed)"},
	}
	for _, test := range tests {
		if got := version(test.settings); got != test.want {
			t.Errorf("%v: %q, want %q", test.settings, got, test.want)
		}
	}
}
