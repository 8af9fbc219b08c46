package exit

import (
	"errors"
	"net"
	"strings"
	"testing"
)

func TestListen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	used := taken.Addr().String()
	for _, test := range []struct {
		address, want string
		code          int
	}{
		{used, used + " is in use by another program: end it, or choose another with --addr", Busy},
		{"nonsense", "--addr nonsense: listen tcp: address nonsense: missing port in address", Usage},
		{"127.0.0.1:1x", "--addr 127.0.0.1:1x: listen tcp: lookup tcp/1x: ", Usage},
		{"192.0.2.1:0", "--addr 192.0.2.1:0: listen tcp 192.0.2.1:0: bind: ", Usage}, // for documents: no machine's
		{"127.0.0.1:99999", "--addr 127.0.0.1:99999: listen tcp: address 99999: invalid port", Usage},
	} {
		_, err := net.Listen("tcp", test.address)
		err = Listen(err, test.address, "--addr")
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || Code(err) != test.code {
			t.Errorf("%s: %v, code %d", test.address, err, Code(err))
		}
	}
	if other := errors.New("other"); Listen(other, used, "--addr") != other || Listen(nil, used, "--addr") != nil {
		t.Error("another error does not stay as it is")
	}
}
