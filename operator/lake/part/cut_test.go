package part

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// shelf is a store of one file, for Cut.
type shelf struct{ data []byte }

func (s *shelf) Put(_ context.Context, _ string, r io.Reader) error {
	data, err := io.ReadAll(r)
	if err == nil {
		s.data = data
	}
	return err
}

var packer = gzip.NewWriter(nil)

// packed are texts as a file, each a gzip member.
func packed(t *testing.T, texts ...string) []byte {
	t.Helper()
	var file bytes.Buffer
	for _, text := range texts {
		packer.Reset(&file)
		if _, err := packer.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := packer.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

func goes(line []byte) bool { return line[0] == '-' }

// read are a part's lines.
func read(t *testing.T, file []byte, is File) string {
	t.Helper()
	var text strings.Builder
	if err := Scan(bytes.NewReader(file), is, func(line []byte) error { text.Write(line); return nil }); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestCut cuts lines out of files whose members begin and end anywhere, within lines
// too, and hold nothing at times. What holds none of the lines is copied as it is.
func TestCut(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	copied := 0
	for nth := range 60 {
		var text, want strings.Builder
		for range 1 + chance.IntN(40) {
			line := strings.Repeat(fmt.Sprint(chance.Uint64()), chance.IntN(8)) + "\n"
			if chance.IntN(8) == 0 {
				line = "-" + line
			} else {
				want.WriteString("+" + line)
				line = "+" + line
			}
			text.WriteString(line)
		}
		if want.Len() == 0 {
			continue
		}
		var members []string
		for rest := text.String(); rest != ""; {
			n := min(chance.IntN(400), len(rest))
			members, rest = append(members, rest[:n]), rest[n:]
		}
		file := packed(t, members...)
		was, err := Measure(bytes.NewReader(file), "was")
		if err != nil {
			t.Fatal(err)
		}
		cuts, err := Find(bytes.NewReader(file), was, goes)
		if gone := strings.Count("\n"+text.String(), "\n-"); err != nil || cuts.Rows != int64(gone) {
			t.Fatalf("%d: found %d lines of %d, %v", nth, cuts.Rows, gone, err)
		}
		var to shelf
		is, err := Cut(t.Context(), bytes.NewReader(file), was, cuts, &to, "is")
		if err != nil {
			t.Fatal(nth, err)
		}
		if got := read(t, to.data, is); got != want.String() {
			t.Fatalf("%d: of\n%q is left\n%q, not\n%q", nth, members, got, want.String())
		}
		at := 0
		for _, member := range members {
			touched := strings.Contains("\n"+text.String()[:at+len(member)], "\n-") // here or before
			if one := packed(t, member); !touched && len(member) > 0 {
				if !bytes.Contains(to.data, one) {
					t.Errorf("%d: %q is packed anew", nth, member)
				}
				copied++
			}
			at += len(member)
		}
	}
	if copied < 100 {
		t.Errorf("%d members were to be copied: the test shows little", copied)
	}
}

// TestMembersThatHoldNothingToCutAreCopied tells them by a comment, which nothing packs.
func TestMembersThatHoldNothingToCutAreCopied(t *testing.T) {
	var file bytes.Buffer
	for _, text := range []string{"+a\n", "+b\n-c\n", "+d\n", "-e\n", "+f\n"} {
		z := gzip.NewWriter(&file)
		z.Comment = "as it was"
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	was, err := Measure(bytes.NewReader(file.Bytes()), "was")
	if err != nil {
		t.Fatal(err)
	}
	cuts, err := Find(bytes.NewReader(file.Bytes()), was, goes)
	if err != nil {
		t.Fatal(err)
	}
	var to shelf
	is, err := Cut(t.Context(), bytes.NewReader(file.Bytes()), was, cuts, &to, "is")
	if got := read(t, to.data, is); err != nil || got != "+a\n+b\n+d\n+f\n" || is.Rows != 4 {
		t.Fatalf("%q, %d rows, %v", got, is.Rows, err)
	}
	if n := bytes.Count(to.data, []byte("as it was")); n != 3 {
		t.Errorf("%d members of three were copied", n)
	}
	if n := bytes.Count(to.data, []byte{0x1f, 0x8b, 8}); n != 4 {
		t.Errorf("%d members are left of five, one of which held nothing else", n)
	}
}

// TestCutOfWhatHasChanged finds that a part is not what was searched, and stores none.
func TestCutOfWhatHasChanged(t *testing.T) {
	file := packed(t, "+a\n", "-b\n+c\n", "+d\n")
	was, err := Measure(bytes.NewReader(file), "contact/x")
	if err != nil {
		t.Fatal(err)
	}
	cuts, err := Find(bytes.NewReader(file), was, goes)
	if err != nil {
		t.Fatal(err)
	}
	for at := 3; at < len(file); at += 7 {
		changed := bytes.Clone(file)
		changed[at] ^= 4
		for _, data := range [][]byte{changed, file[:at]} {
			var to shelf
			_, err := Cut(t.Context(), bytes.NewReader(data), was, cuts, &to, "is")
			if damage := new(*Damage); !errors.As(err, damage) || (*damage).Key != "contact/x" || to.data != nil {
				t.Fatalf("changed or cut off at %d of %d: stored %d bytes, %v", at, len(file), len(to.data), err)
			}
		}
	}
	broken := errors.New("the disk is full")
	if _, err := Cut(t.Context(), bytes.NewReader(file), was, cuts, full{broken}, "is"); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type full struct{ error }

func (f full) Put(context.Context, string, io.Reader) error { return f.error }
