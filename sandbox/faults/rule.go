package faults

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"intercom-connector/sandbox/api"
)

// OnCall injects a fault into the call of an index, counted from 0.
func OnCall(index int, fault Fault) func(api.Request) Fault {
	return func(q api.Request) Fault {
		if q.Index == index {
			return fault
		}
		return ""
	}
}

// OnNth injects a fault into the nth call, counted from 0, of a pattern such
// as "GET /companies/scroll".
func OnNth(pattern string, nth int, fault Fault) func(api.Request) Fault {
	return func(q api.Request) Fault {
		if q.Pattern == pattern && q.Nth == nth {
			return fault
		}
		return ""
	}
}

// ParseFault reads a rule as "CALL:FAULT", where CALL is the index of a call
// ("12:503"), a pattern and its nth call ("GET /companies/scroll#2:scroll-500"),
// or "*" for every call.
func ParseFault(rule string) (func(api.Request) Fault, error) {
	call, name, ok := strings.Cut(rule, ":")
	if !ok {
		return nil, fmt.Errorf("sandbox: fault rule %q is not of the form CALL:FAULT, such as 12:503", rule)
	}
	fault := Fault(name)
	bare, _, _ := strings.Cut(name, "=")
	if !slices.ContainsFunc(AllFaults(), func(f Fault) bool { return f == fault || string(f) == bare }) {
		return nil, fmt.Errorf("sandbox: fault rule %q: no fault is named %q; there are %v", rule, bare, AllFaults())
	}
	if call == "*" {
		return func(api.Request) Fault { return fault }, nil
	}
	pattern, number, numbered := strings.Cut(call, "#")
	if !numbered {
		pattern, number = "", call
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		return nil, fmt.Errorf("sandbox: fault rule %q: %q is not the number of a call", rule, number)
	}
	if numbered {
		return OnNth(pattern, n, fault), nil
	}
	return OnCall(n, fault), nil
}
