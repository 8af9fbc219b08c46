package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"intercom-connector/operator/lake"
)

// TestDone: what was published is told, and before all that it is not everything.
func TestDone(t *testing.T) {
	whole, part := lake.Publication{Rows: 2000, Complete: true}, lake.Publication{Rows: 1}
	failed := errors.New("the disk is full")
	for _, test := range []struct {
		published []lake.Publication
		err       error
		want      string
	}{
		{nil, nil, "reporting: 0 rows, complete, "},
		{[]lake.Publication{whole, whole}, nil, "reporting: 4,000 rows, complete, "},
		{[]lake.Publication{whole, part}, nil, "reporting: 2,001 rows, in part not complete, "},
		{[]lake.Publication{whole}, failed, "reporting: 2,000 rows, not finished, "},
		{[]lake.Publication{whole, part}, failed, "reporting: 2,001 rows, not finished, "},
		{nil, failed, ""},
	} {
		var said bytes.Buffer
		p := newProgress(console{problems: &said})
		p.begin("reporting")
		p.done(test.published, test.err)
		if got := said.String(); !strings.HasPrefix(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
