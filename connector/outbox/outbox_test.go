package outbox

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "intercom-connector/proto"
)

// slowStream is a stream whose messages go out one by one, when the test says.
type slowStream struct {
	grpc.ServerStream
	next chan error // what the next SendMsg gives; a panic if nil is sent as errPanics
	sent []string
}

var errPanics = errors.New("panics")

func (s *slowStream) SendMsg(message any) error {
	switch err := <-s.next; {
	case errors.Is(err, errPanics):
		panic("a customer's row")
	case err != nil:
		return err
	}
	s.sent = append(s.sent, message.(*sdk.UpdateResponse).GetWarning().GetMessage()[:1])
	return nil
}

// note is a message that is told by its first character, of some length.
func note(name string, length int) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Warning{
		Warning: &sdk.Warning{Message: name + strings.Repeat(".", length)},
	}}
}

// TestOutbox: messages go out in their order, a few ahead of the stream and
// long ones fewer, and closing waits for the last.
func TestOutbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := &slowStream{next: make(chan error)}
		out := Open(stream, "{}", bugs(new(strings.Builder)))
		taken, closed := "", false
		go func() {
			for _, name := range strings.Split("abcdefghij", "") {
				if err := out.Send(t.Context(), note(name, 10)); err != nil {
					t.Error(err)
				}
				taken += name
			}
			for _, name := range strings.Split("KLM", "") {
				if err := out.Send(t.Context(), note(name, 3*place)); err != nil {
					t.Error(err)
				}
				taken += name
			}
			if err := out.Send(t.Context(), note("Z", 100*place)); err != nil {
				t.Error(err)
			}
			taken += "Z"
			if err := out.Close(); err != nil {
				t.Error(err)
			}
			closed = true
		}()
		want := []string{
			"abcdefgh", "abcdefghi", "abcdefghij", "abcdefghij", "abcdefghij", "abcdefghij", "abcdefghijK",
			"abcdefghijK", "abcdefghijK", "abcdefghijK", "abcdefghijKL", "abcdefghijKLM", "abcdefghijKLM", "abcdefghijKLMZ",
		}
		for sent, want := range want {
			synctest.Wait()
			if taken != want || len(stream.sent) != sent || closed {
				t.Errorf("%d sent: %q is taken, want %q; closed %v", len(stream.sent), taken, want, closed)
			}
			stream.next <- nil
		}
		synctest.Wait()
		if got := strings.Join(stream.sent, ""); got != "abcdefghijKLMZ" || !closed {
			t.Errorf("%q is sent, closed %v", got, closed)
		}
	})
}

// TestOutboxFails: after the first message that cannot be sent none is, and
// whoever sends or closes is told why.
func TestOutboxFails(t *testing.T) {
	broken := errors.New("broken")
	for _, failure := range []error{broken, errPanics} {
		synctest.Test(t, func(t *testing.T) {
			var log strings.Builder
			stream := &slowStream{next: make(chan error, 9)}
			out := Open(stream, "{}", bugs(&log))
			stream.next <- nil
			stream.next <- failure
			for _, name := range []string{"a", "b", "c"} {
				if err := out.Send(t.Context(), note(name, 10)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			synctest.Wait()
			err := out.Send(t.Context(), note("d", 10))
			_, gone := errors.AsType[*Error](err)
			if failure == broken && (!gone || !errors.Is(err, broken) || status.Code(err) != codes.Canceled) {
				t.Errorf("sending gives %v", err)
			}
			if failure == errPanics && (status.Code(err) != codes.Internal || strings.Contains(err.Error()+log.String(), "customer") || !strings.Contains(log.String(), "outbox.go")) {
				t.Errorf("sending gives %v, the log has\n%s", err, log.String())
			}
			for range 2 {
				if again := out.Close(); again != err {
					t.Errorf("closing gives %v, sending %v", again, err)
				}
			}
			if got := strings.Join(stream.sent, ""); got != "a" {
				t.Errorf("%q is sent", got)
			}
		})
	}
}

// TestOutboxIsCancelled: who waits for room is told when the call has ended.
func TestOutboxIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := &slowStream{next: make(chan error)}
		out := Open(stream, "{}", bugs(new(strings.Builder)))
		ctx, cancel := context.WithCancelCause(t.Context())
		var err error
		go func() {
			for err == nil {
				err = out.Send(ctx, note("a", 3*place))
			}
		}()
		synctest.Wait()
		if err != nil {
			t.Fatal(err)
		}
		hungUp := errors.New("hung up")
		cancel(hungUp)
		synctest.Wait()
		if _, gone := errors.AsType[*Error](err); !gone || !errors.Is(err, hungUp) {
			t.Errorf("sending gives %v", err)
		}
		close(stream.next) // the stream takes what it is given
		if err := out.Close(); err != nil {
			t.Error(err)
		}
	})
}

// bugs logs where a panic happened, as the connector does.
func bugs(log *strings.Builder) func(string) error {
	return func(where string) error {
		log.WriteString(string(debug.Stack()))
		return status.Error(codes.Internal, where)
	}
}
