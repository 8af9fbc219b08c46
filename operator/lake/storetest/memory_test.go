package storetest

import (
	"testing"

	"intercom-connector/operator/lake"
)

// What many tests stand on is a store like the others.
func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) func() lake.Store {
		m := &Memory{}
		return func() lake.Store { return m }
	})
}
