// Package exit is how all programs of this project end: with the same codes for
// the same reasons, so that a timer or a script can tell them apart.
package exit

import "errors"

const (
	done   = 0
	failed = 1 // it failed, found a problem, or was interrupted
	Usage  = 2 // the command line or the configuration is wrong: trying again helps nobody
	Busy   = 3 // another program is at it: trying again later may help
)

// Help ends a program's help.
const Help = `
Exit codes: 0 done; 1 it failed, found a problem or was interrupted; 2 the command
line or the configuration is wrong; 3 another program has what it needs.
`

// coded is an error that ends a program with a code.
type coded struct {
	err  error
	code int
}

func (e *coded) Error() string { return e.err.Error() }

func (e *coded) Unwrap() error { return e.err }

// Wrong is a mistake in what was typed or configured.
func Wrong(err error) error { return with(err, Usage) }

// Taken is an error of what another program has.
func Taken(err error) error { return with(err, Busy) }

func with(err error, code int) error {
	if err == nil {
		return nil
	}
	return &coded{err, code}
}

// Code is what a program that ended with err exits with.
func Code(err error) int {
	var c *coded
	switch {
	case err == nil:
		return done
	case errors.As(err, &c):
		return c.code
	}
	return failed
}
