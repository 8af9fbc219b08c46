package csv

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A header's names, when all of it is there.
func TestNames(t *testing.T) {
	for _, test := range []struct {
		input string
		final bool
		want  []string
		rest  string
		says  string
	}{
		{"", true, nil, "", ""},
		{"\n\n", true, nil, "\n\n", ""},
		{"a,b\n1,2\n", false, []string{"a", "b"}, "1,2\n", ""},
		{"\r\n a ,\"b, \"\"c\"\"\nd\",\r\n1,2,3\n", false, []string{"a", "b, \"c\"\nd", ""}, "1,2,3\n", ""},
		{"a,b", true, []string{"a", "b"}, "", ""},
		{"a,b", false, nil, "a,b", ""},
		{"a,", false, nil, "a,", ""},
		{"a,\"b\n1,2\n", false, nil, "a,\"b\n1,2\n", ""},
		{"a,\"b\n1,2\n", true, nil, "a,\"b\n1,2\n", "the input ends inside quotes"},
		{"a,\"b\"x\n", false, nil, "a,\"b\"x\n", "text after the closing quote"},
	} {
		names, length, err := Names([]byte(test.input), test.final)
		if diff := cmp.Diff(test.want, names); diff != "" || length != len(test.input)-len(test.rest) || (err == nil) != (test.says == "") || err != nil && err.Error() != test.says {
			t.Errorf("%q: of %d bytes, %v %s", test.input, length, err, diff)
		}
	}
}
