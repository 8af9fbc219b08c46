package terminal

import (
	"strings"
	"testing"
)

func TestWriter(t *testing.T) {
	const text = "a secret \x1b[31mred\x1b[0m \x1b[2J日\u202e\u009b\x7f\n"
	for coloured, want := range map[bool]string{
		false: `a [token] \u001b[31mred\u001b[0m \u001b[2J日\u202e\u009b\u007f` + "\n",
		true:  "a [token] \x1b[31mred\x1b[0m " + `\u001b[2J日\u202e\u009b\u007f` + "\n",
	} {
		var out strings.Builder
		w := &writer{to: &out, coloured: coloured, scrub: func(text string) string { return strings.ReplaceAll(text, "secret", "[token]") }}
		if n, err := w.Write([]byte(text)); n != len(text) || err != nil || out.String() != want {
			t.Errorf("coloured %v: wrote %d, %q, %v", coloured, n, out.String(), err)
		}
	}
	var out strings.Builder
	w := Writer(&out, nil)
	for _, b := range []byte("é日😀 \xff\xe6.") { // byte by byte, as a buffer may cut it
		if _, err := w.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	if want := `é日😀 \xff\xe6.`; out.String() != want {
		t.Errorf("wrote %q, want %q", out.String(), want)
	}
	if Raw(w) != &out || Raw(&out) != &out {
		t.Error("what it writes to is lost")
	}
}
