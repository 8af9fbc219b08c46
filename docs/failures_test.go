package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// failures.sh tells, after a long log, which tests failed and what they said first.
func TestFailuresAreTold(t *testing.T) {
	many := ""
	for i := range 100 {
		many += fmt.Sprintf("--- FAIL: TestNumber%d (0.00s)\n    a_test.go:1: one\n    a_test.go:2: two\n", i)
	}
	tests := []struct {
		name, log   string
		want, lacks []string
	}{
		{
			"a test of many", "== lint: 3 seconds\n\n== every test\n   proves: that\nok  \ta/b\t1.0s\n" +
				"--- FAIL: TestRows (1.31s)\n    rows_test.go:7: 3 rows, not 4\n        of conversation\nFAIL\nFAIL\ta/c\t2.0s\nok  \ta/d\t(cached)\nFAIL\nmake: *** [test] Error 1\n",
			[]string{"failed in: every test", "TestRows\n", "a/c\n", "3 rows, not 4", "of conversation"},
			[]string{"a/b", "a/d", "seconds"},
		},
		{
			"with -v", "== genuine\n=== RUN   TestGood\n    good_test.go:1: well\n--- PASS: TestGood (0.1s)\n=== RUN   TestBad\n=== RUN   TestBad/one\n    bad_test.go:1: this is wrong\n" +
				"--- FAIL: TestBad (0.1s)\n    --- FAIL: TestBad/one (0.1s)\n=== RUN   TestNext\n    next_test.go:1: next\nFAIL\n",
			[]string{"failed in: genuine", "TestBad/one\n", "this is wrong"},
			[]string{"well", "next"},
		},
		{
			"a package that cannot be built", "== every test\n# a/c\nc/x.go:4:2: undefined: y\nFAIL\ta/c [build failed]\nok  \ta/d\t1s\n",
			[]string{"a/c [build failed]", "undefined: y"},
			[]string{"a/d"},
		},
		{
			"a race and a panic", "== every test\n==================\nWARNING: DATA RACE\nWrite at 0x1 by goroutine 7:\n--- FAIL: TestRace (0s)\n    testing.go:1: race detected\nFAIL\ta/c\t1s\npanic: test timed out after 20m0s\n\trunning tests:\n\t\tTestLong (19m)\n",
			[]string{"DATA RACE", "by goroutine 7", "TestRace\n", "timed out", "TestLong"},
			nil,
		},
		{"no test", "== release\nsha256sum: WARNING: 1 computed checksum did NOT match\n", []string{"failed in: release", "did NOT match"}, nil},
		{"too many", "== every test\n" + many, []string{"TestNumber0\n", "and 86 more"}, []string{"TestNumber99"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(log, []byte(test.log), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), "sh", "../tools/failures.sh", log).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for _, want := range test.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("lacks %q:\n%s", want, out)
				}
			}
			for _, lacks := range test.lacks {
				if strings.Contains(string(out), lacks) {
					t.Errorf("has %q:\n%s", lacks, out)
				}
			}
			if lines := strings.Count(string(out), "\n"); lines > 50 {
				t.Errorf("%d lines", lines)
			}
		})
	}
}
