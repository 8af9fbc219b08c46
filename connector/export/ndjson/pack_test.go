package ndjson

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

func TestPacker(t *testing.T) {
	for _, lines := range []int{0, 1, 100_000} {
		var file bytes.Buffer
		var want strings.Builder
		p := NewPacker(&file)
		for i := range lines {
			line := fmt.Appendf(nil, `{"id":%d,"text":%q}`+"\n", i, strings.Repeat("x", i%50))
			want.Write(line)
			if n, err := p.Write(line); n != len(line) || err != nil {
				t.Fatal(n, err)
			}
			clear(line) // it is the caller's again
		}
		if _, err := p.Write([]byte(strings.Repeat("long", memberSize))); err != nil {
			t.Fatal(err)
		}
		want.WriteString(strings.Repeat("long", memberSize))
		if err := errors.Join(p.Close(), p.Close()); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(file.Bytes())
		if p.Size() != int64(file.Len()) || p.SHA256() != hex.EncodeToString(sum[:]) || p.Raw() != int64(want.Len()) {
			t.Errorf("%d bytes and %s of %d raw, the file has %d and %x of %d", p.Size(), p.SHA256(), p.Raw(), file.Len(), sum, want.Len())
		}
		packed, err := gzip.NewReader(&file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(packed)
		if err != nil || string(got) != want.String() {
			t.Errorf("%d lines: %d bytes came back of %d, %v", lines, len(got), want.Len(), err)
		}
	}
}

type failing struct{ after int }

var errFull = errors.New("the disk is full")

func (f *failing) Write(b []byte) (int, error) {
	if f.after -= len(b); f.after < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// TestPackerFails: whoever writes hears of the error, at Close at the latest, and
// never waits for ever.
func TestPackerFails(t *testing.T) {
	p := NewPacker(&failing{})
	if _, err := p.Write([]byte("little")); err != nil {
		t.Error(err)
	}
	if err := p.Close(); !errors.Is(err, errFull) {
		t.Errorf("closed with %v", err)
	}
	p = NewPacker(&failing{after: 10_000})
	var err error
	for i := 0; err == nil; i++ {
		_, err = p.Write(fmt.Appendf(nil, "%d %x\n", i, sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)})))
	}
	if !errors.Is(err, errFull) || !errors.Is(p.Close(), errFull) {
		t.Errorf("written: %v", err)
	}
}
