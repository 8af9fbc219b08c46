package build

import (
	"strings"
	"testing"
)

func TestCommand(t *testing.T) {
	cached := "/home/a/cache/16/" + strings.Repeat("0f", 32) + "-d/debug"
	tests := []struct{ called, program, want string }{
		{"/tmp/go-build2826711398/b001/exe/debug", "debug", "go run ./cmd/debug"},
		{"/tmp/go-build2826711398/b001/exe/debug", "operator", "go run ./cmd/operator"},
		{"/home/a/.cache/go-build/16/0f-d/debug", "debug", "go run ./cmd/debug"},
		{cached, "debug", "go run ./cmd/debug"},
		{`C:\Temp\go-build12\b001\exe\debug.exe`, "debug", "go run ./cmd/debug"},
		{"intercom-debug", "debug", "intercom-debug"},
		{"intercom-debug", "operator", "intercom-operator"},
		{"./bin/debug", "debug", "./bin/debug"},
		{"/home/debug/debug-linux-amd64", "operator", "/home/debug/operator-linux-amd64"},
		{"/home/a b/debug", "operator", `"/home/a b/operator"`},
		{"idb", "debug", "idb"},
		{"idb", "operator", "operator"},
	}
	for _, test := range tests {
		if got := command(test.called, "debug", test.program); got != test.want {
			t.Errorf("%s: %s is %s, want %s", test.called, test.program, got, test.want)
		}
	}
}

// What go test starts lies where go run's does, so that tests see the texts of the docs.
func TestCommandOfATest(t *testing.T) {
	if got := Command("debug"); got != "go run ./cmd/debug" {
		t.Errorf("got %q", got)
	}
}
