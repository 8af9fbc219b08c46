package sandbox

import (
	"testing"

	"intercom-connector/sandbox/faults"
)

func TestParseFault(t *testing.T) {
	call := Request{Index: 12, Nth: 2, Pattern: "GET /companies/scroll"}
	for rule, want := range map[string]faults.Fault{
		"12:503":                             "503",
		"11:503":                             "",
		"*:429-rate=past":                    "429-rate=past",
		"GET /companies/scroll#2:scroll-500": "scroll-500",
		"GET /companies/scroll#1:scroll-500": "",
		"GET /contacts#2:scroll-500":         "",
		"12:redirect-other-host=http://a:1/": "redirect-other-host=http://a:1/",
	} {
		choose, err := faults.ParseFault(rule)
		if err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		if got := choose(call); got != want {
			t.Errorf("%s: got %q, want %q", rule, got, want)
		}
	}
}
