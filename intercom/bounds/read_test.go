package bounds

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/intercom/transport"
)

func answer(body string, header ...string) *http.Response {
	res := &http.Response{Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i+1 < len(header); i += 2 {
		res.Header.Set(header[i], header[i+1])
	}
	return res
}

func packed(body string) *http.Response {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, body)
	_ = z.Close()
	return answer(b.String(), "Content-Encoding", "gzip")
}

func TestLimits(t *testing.T) {
	limits := Limits{Bytes: 2 << 20, Elements: 1000, Depth: 10}
	long := strings.Repeat("x", 2<<20-2)
	for _, tt := range []struct {
		name, want string
		res        *http.Response
	}{
		{"as long as may be", "", answer(`"` + long + `"`)},
		{"a byte longer", "longer than 2 MB", answer(`"` + long + `" `)},
		{"as many as may be", "", answer("[" + strings.Repeat("1,", 999) + "1]")},
		{"one more", "of more than 1000 elements", answer("[" + strings.Repeat("1,", 1000) + "1]")},
		{"many empty lists", "of more than 1000 elements", answer("[" + strings.Repeat("[],", 1000) + "1]")},
		{"many members", "of more than 1000 elements", answer("{" + strings.Repeat(`"a":1,`, 1000))},
		{"commas of a text", "", answer(`"` + strings.Repeat(`\",[{\\`, 2000) + `"`)},
		{"as deep as may be", "", answer(strings.Repeat("[", 10) + strings.Repeat("]", 10))},
		{"one deeper", "nested more than 10 deep", answer(strings.Repeat(`{"a":`, 11))},
		{"side by side", "", answer(strings.Repeat("[]", 100))},
		{"not JSON", "", answer(`}}]]","\`)},
		{"compressed", "", packed("[" + strings.Repeat("1,", 900) + "1]")},
		{"a bomb", "more than 100 times as long as what was sent for it", packed(`"` + strings.Repeat("x", 1<<20) + `"`)},
		{"compressed and too long", "of more than 1000 elements", packed("[" + strings.Repeat("1,", 1<<20) + "1]")},
		{"brotli", `in Content-Encoding "br", which was not asked for`, answer("x", "Content-Encoding", "br")},
	} {
		body, done, err := readAll(t.Context(), tt.res, limits, NewRoom(1<<30).Share("a"))
		switch {
		case tt.want == "" && err != nil, tt.want == "" && len(body) == 0:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (!transport.IsRefusal(err) || err.Error() != "the answer is "+tt.want):
			t.Errorf("%s: got %v", tt.name, err)
		}
		if err == nil {
			done()
		}
	}
}

func TestBrokenBodies(t *testing.T) {
	for name, res := range map[string]*http.Response{
		"not gzip": answer("plain text", "Content-Encoding", "gzip"),
		"cut off":  answer(string([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 1}), "Content-Encoding", "gzip"),
	} {
		if _, _, err := readAll(t.Context(), res, One, NewRoom(1).Share("a")); err == nil || transport.IsRefusal(err) || !strings.HasPrefix(err.Error(), "reading the answer: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if body, done, err := readAll(t.Context(), answer("", "Content-Encoding", "gzip"), One, NewRoom(1).Share("a")); len(body) != 0 || err != nil {
		t.Errorf("nothing at all, said to be compressed: %q, %v", body, err)
	} else {
		done()
	}
	if got := ReadSome(packed(strings.Repeat("x", 1<<20)), 10); string(got) != "xxxxxxxxxx" {
		t.Errorf("some of it: %q", got)
	}
}

// A caller has one large answer at a time, all callers together as many as there
// is room for; small ones never wait.
func TestRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := Limits{Bytes: 1 << 20, Elements: 10, Depth: 10}
		large, small := `"`+strings.Repeat("x", few)+`"`, `"x"`
		room := NewRoom(2 * cost << 20)
		greedy, second, third := room.Share("greedy"), room.Share("second"), room.Share("third")
		read := func(ctx context.Context, s Share, body string) (func(), error) {
			_, done, err := readAll(ctx, answer(body), limits, s)
			return done, err
		}
		must := func(s Share, body string) func() {
			t.Helper()
			done, err := read(t.Context(), s, body)
			if err != nil {
				t.Fatal(err)
			}
			return done
		}
		first := must(greedy, large)
		began := time.Now()
		if _, err := read(t.Context(), room.Share("greedy"), large); !errors.Is(err, errNoRoom) || time.Since(began) != maxWait {
			t.Errorf("a caller's second large answer: %v after %v", err, time.Since(began))
		}
		other := must(second, large)
		for _, s := range []Share{greedy, second, third} {
			must(s, small)()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := read(ctx, third, large); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("without room, until the caller goes: %v", err)
		}
		time.AfterFunc(time.Minute, first)
		began = time.Now()
		must(third, large)()
		if time.Since(began) != time.Minute {
			t.Errorf("waited %v for an answer that took a minute", time.Since(began))
		}
		other()
		must(greedy, large)()
		if len(room.callers) != 0 {
			t.Errorf("%d callers are remembered", len(room.callers))
		}
		if !room.free.TryAcquire(2 * cost << 20) {
			t.Error("room was not given back")
		}
	})
}

// readAll reads an answer's body, decompressed. The memory is the caller's until done is called.
func readAll(ctx context.Context, res *http.Response, limits Limits, share Share) (body []byte, done func(), err error) {
	in, err := Open(ctx, res, limits, share)
	if err != nil {
		return nil, nil, err
	}
	if body, err = io.ReadAll(in); err != nil {
		in.Done()
		return nil, nil, err
	}
	return body, in.Done, nil
}
