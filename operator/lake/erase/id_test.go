package erase

import (
	"encoding/json"
	"strings"
	"testing"
)

const contact = "5ba682d23d7cf92bef87bfd4"

func TestAnIDIsFoundInEveryWriting(t *testing.T) {
	escaped := ""
	for _, r := range contact {
		escaped += `\u00` + string("0123456789abcdef"[r>>4]) + string("0123456789abcdef"[r&15])
	}
	for text, want := range map[string]bool{
		contact:                     true,
		strings.ToUpper(contact):    true,
		"see\n" + contact + "\tnow": true,
		"é" + contact + "\u2028":    true,
		`"` + contact + `"`:         true,
		`\` + contact:               true,
		"<" + contact + ">":         true,
		"x" + contact:               false,
		contact + "0":               false,
		contact + "-1":              false,
		"_" + contact:               false,
		"n" + contact:               false,
		contact[1:]:                 false,
		`{"a":"` + escaped + `"}`:   true,
		`{"a":"x` + escaped + `"}`:  false,
		"":                          false,
	} {
		for depth := range 4 {
			quoted, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			line := append(append([]byte(`{"id":"other","text":`), quoted...), "}\n"...)
			if got := newID(contact).in(line); got != want {
				t.Errorf("%d levels deep, in %s: %t", depth, line, got)
			}
			text = string(quoted)
		}
	}
}

// TestAnIDIsFoundWhereverItStands in a line, whatever stands before it: a longer id that
// holds it, or the character in which it ends, as often as one likes.
func TestAnIDIsFoundWhereverItStands(t *testing.T) {
	for _, before := range []string{"x" + contact + " ", contact + "0 " + contact + "1 ", contact[1:] + " "} {
		if !newID(contact).in([]byte(`{"text":"` + before + contact + `"}`)) {
			t.Errorf("after %q it is missed", before)
		}
	}
	for n := range 3 * len(contact) {
		if !newID(contact).in([]byte(`{"text":"` + strings.Repeat(contact[len(contact)-1:], n) + " " + contact + `"}`)) {
			t.Errorf("after %d times its last character it is missed", n)
		}
	}
	escaped := ""
	for _, r := range strings.ToUpper(contact) {
		escaped += `\u00` + string("0123456789ABCDEF"[r>>4]) + string("0123456789ABCDEF"[r&15])
	}
	if !newID(contact).in([]byte(`{"text":"` + escaped + `"}`)) {
		t.Error("in capitals that are escaped it is missed")
	}
}

// FuzzID puts the id between any two texts: it is found if it stands alone.
func FuzzID(f *testing.F) {
	f.Add("", "", false)
	f.Add("see\n", "\t", true)
	f.Add("\u00e9\\", `"`, true)
	f.Add(`\u00`, `\u0030`, false)
	f.Add("a", "-", false)
	f.Fuzz(func(t *testing.T, before, after string, nested bool) {
		if strings.Contains(before+after, `\`) { // which could be an escape of a string within
			before, after = strings.ReplaceAll(before, `\`, "/"), strings.ReplaceAll(after, `\`, "/")
		}
		text := before + contact + after
		lower := []byte(before + " " + after)
		lowerASCII(lower)
		alone := (before == "" || !ofID(lower[len(before)-1])) && (after == "" || !ofID(lower[len(before)+1]))
		quoted, err := json.Marshal(text)
		if err == nil && nested {
			quoted, err = json.Marshal(string(quoted))
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := newID(contact).in(quoted); alone && !got || !alone && got && !strings.Contains(string(lower), contact) {
			t.Errorf("in %s: %t", quoted, got)
		}
	})
}
