package storetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"intercom-connector/operator/lake"
)

// Memory is a store in memory, for tests that write thousands of files and are
// not about the disk: a folder waits for the disk at each. The zero value is an
// empty one. Several goroutines may use it.
type Memory struct {
	mu     sync.Mutex
	files  map[string][]byte
	holder string // of the lock
	locked bool
}

func (m *Memory) String() string { return "memory" }

func (m *Memory) Put(_ context.Context, key string, r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("writing %s: %w", key, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files == nil {
		m.files = map[string][]byte{}
	}
	m.files[key] = text
	return nil
}

// Open reads a file as it is now, whatever is put later.
func (m *Memory) Open(_ context.Context, key string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, there := m.files[key]
	if !there {
		return nil, fmt.Errorf("reading %s: %w", key, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(text)), nil
}

func (m *Memory) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		m.mu.Lock()
		keys := slices.Sorted(maps.Keys(m.files))
		m.mu.Unlock()
		for _, key := range keys {
			if strings.HasPrefix(key, prefix) && !yield(key, nil) {
				return
			}
		}
	}
}

func (m *Memory) Remove(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, key)
	return nil
}

// Lock lasts until it is unlocked: unlike a folder's, it outlives a run that
// died, where nobody closes what it had open.
func (m *Memory) Lock(_ context.Context, holder string) (unlock func() error, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locked {
		return nil, &lake.LockedError{Lake: m.String(), Run: m.holder, Holder: m.holder}
	}
	m.holder, m.locked = holder, true
	return func() error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.holder, m.locked = "", false
		return nil
	}, nil
}
