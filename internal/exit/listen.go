package exit

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// Listen is an error of listening at an address, which a flag chose: another program has
// it, or it is none, or none of this machine.
func Listen(err error, address, flag string) error {
	var form *net.AddrError
	var name *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return Taken(fmt.Errorf("%s is in use by another program: end it, or choose another with %s", address, flag))
	case errors.As(err, &form) || errors.As(err, &name) || errors.Is(err, syscall.EADDRNOTAVAIL):
		return Wrong(fmt.Errorf("%s %s: %w", flag, address, err))
	}
	return err
}
