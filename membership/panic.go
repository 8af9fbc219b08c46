package membership

import "runtime/debug"

// bug is a panic of one of the walk's goroutines. There it would end the
// process, and with it everybody else's work; Run panics with it again where
// the caller can recover.
type bug struct {
	value any
	stack []byte
}

func (b *bug) Error() string { return "a bug stopped the walk" }

// caught runs f and makes a panic its error.
func caught(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &bug{value, debug.Stack()}
		}
	}()
	return f()
}
