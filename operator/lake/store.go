package lake

import (
	"context"
	"fmt"
	"io"
	"iter"
)

// Store holds a lake's files by keys such as contact/dt=2026-05-04/x.gz.
// Its methods are safe for concurrent use. Errors name the key.
type Store interface {
	// Put stores all that r gives under a key, in place of what was there. When
	// r or the store fails, the key is as it was before. Once Put returns,
	// the data survives a crash.
	Put(ctx context.Context, key string, r io.Reader) error
	// Open reads a key; fs.ErrNotExist when there is none. The caller closes it.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// List yields the keys that begin with a prefix, sorted.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
	// Remove deletes a key. One that is not there is no error.
	Remove(ctx context.Context, key string) error
	// Lock makes the caller the only writer until it unlocks or dies. While
	// somebody else is, the error is a *LockedError.
	Lock(ctx context.Context, holder string) (unlock func() error, err error)
	// String names the store for people.
	String() string
}

// LockedError says that another run writes to the lake.
type LockedError struct {
	Lake   string
	Run    string // the other run; empty when it did not say
	Holder string // the same, for people
}

func (e *LockedError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "unknown"
	}
	return fmt.Sprintf("another run (%s) is writing to %s; try again when it has ended", holder, e.Lake)
}
