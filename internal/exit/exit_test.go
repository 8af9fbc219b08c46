package exit

import (
	"errors"
	"fmt"
	"testing"
)

func TestCode(t *testing.T) {
	cause := errors.New("cause")
	for _, test := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{cause, 1},
		{Wrong(cause), 2},
		{fmt.Errorf("more: %w", Taken(cause)), 3},
		{errors.Join(cause, Wrong(cause)), 2},
		{Wrong(nil), 0},
	} {
		if got := Code(test.err); got != test.want {
			t.Errorf("%v: %d, want %d", test.err, got, test.want)
		}
	}
	if err := Wrong(cause); err.Error() != "cause" || !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}
