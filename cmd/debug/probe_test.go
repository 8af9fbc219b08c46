package main

import (
	"encoding/json"
	"strings"
	"testing"

	"intercom-connector/connector/probe"
	"intercom-connector/sandbox"
)

func TestProbeOnTheScreenAndAsJSON(t *testing.T) {
	few := func(dialects ...string) sandbox.Options {
		return sandbox.Options{RowsPerDay: 60, Contacts: 30, Companies: 5, Timezone: "UTC", Dialect: dialects}
	}
	path := examined(t, few("ends-neither", "row-id-twice"), nil)
	code, out, errs := debug(t, "doctor", "--probe", "-c", path)
	if code != 0 || errs != "" {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	contains(t, out, "✓ This workspace will work.", "Looking closer", "✓ ends of a range ", "  the start is left out, the end is left out",
		"! row ids", "→ a warehouse keeps one row of each id, a lake all (key primary_keys)", "✓ A sync reads this workspace correctly.")
	code, out, errs = debug(t, "doctor", "--probe", "--json", "-c", examined(t, few("zone-other"), nil))
	var report probe.Report
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 1 || errs != "" {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if !report.Contradicts() || len(report.Answers) < 50 || strings.Contains(out, sandboxKey) {
		t.Errorf("got %s", out)
	}
	contains(t, out, `"setting": "timezone"`)
	code, out, _ = debug(t, "doctor", "--probe", "-c", examined(t, few(), map[string]string{"access_token": "token-wrong-1"}))
	if code != 1 || strings.Count(out, "create a new one") != 1 {
		t.Errorf("exit %d: %s", code, out)
	}
}
