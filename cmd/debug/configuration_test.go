//go:build cgo

package main

import (
	"errors"
	"fmt"
	"testing"

	"intercom-connector/tester"
)

// TestRefusedKeys: only what begins with a key is the configuration's fault, also where
// the key is missing from it.
func TestRefusedKeys(t *testing.T) {
	c := configured{values: map[string]string{"access_token": "token-right-1", "theirs": "1"}}
	for sentence, want := range map[string]bool{
		"timezone: is needed: Intercom did not say which zone the workspace is in": true,
		"theirs: is 1, which another connector refuses":                            true,
		"GET /me: status 503: try later":                                           false,
		"dataset conversation: region: is not the cause":                           false,
		"timezone": false,
	} {
		err := fmt.Errorf("the sync: %w", &tester.RefusedError{Sentences: []string{"another", sentence}})
		if got := c.refused(err); got != want {
			t.Errorf("%q: %t", sentence, got)
		}
	}
	if c.refused(errors.New("timezone: is needed")) {
		t.Error("another error is taken for the connector's")
	}
}
