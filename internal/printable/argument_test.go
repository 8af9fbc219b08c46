package printable

import (
	"os/exec"
	"testing"
)

func TestArgument(t *testing.T) {
	for argument, want := range map[string]string{
		"my-files": "my-files", "": `""`, "my files": `"my files"`, "it's": `"it's"`, "a;b": `"a;b"`,
		"$(touch x)": "'$(touch x)'", "`id`'": "'`id`'\\'''", `a"b`: `'a"b'`, "~": `"~"`, "*": `"*"`, `a\`: `'a\'`, "!!": "'!!'",
	} {
		if got := Argument(argument); got != want {
			t.Errorf("%q: %s", argument, got)
		}
		if out, err := exec.Command("sh", "-c", "printf %s "+Argument(argument)).Output(); err != nil || string(out) != argument {
			t.Errorf("a shell makes %q of %q, %v", out, argument, err)
		}
	}
}
