// Package drain is the benchmark's client: it calls Update and counts the records of
// its stream.
//
// It speaks HTTP/2 itself (call.go) and decodes nothing (walk.go): what it uses is
// taken from what is measured.
package drain

import (
	"fmt"
	"strings"
	"time"

	sdk "intercom-connector/proto"
)

// Drained is what came of a call.
type Drained struct {
	Rows         int
	Began, Ended int64 // of the call and of its stream, in nanoseconds
}

// Update calls a server and takes all of its stream. What the server warns of is an
// error.
func Update(target string, configuration map[string]string) (Drained, error) {
	d := Drained{Began: time.Now().UnixNano()}
	c, err := invoke(target, sdk.SourceConnector_Update_FullMethodName, &sdk.UpdateRequest{Configuration: configuration})
	if err != nil {
		return d, err
	}
	defer c.connection.Close()
	var w walk
	if err := c.receive(&w); err != nil {
		return d, err
	}
	if err := w.end(); err != nil {
		return d, err
	}
	if w.trouble != "" && !strings.Contains(w.trouble, repeated) {
		return d, fmt.Errorf("the server says: %s", w.trouble)
	}
	d.Rows, d.Ended = w.records, time.Now().UnixNano()
	return d, nil
}

// repeated is what the connector says of an export that repeats its rows, as the
// benchmark's do: they are one chunk many times.
const repeated = "the row id of an earlier row of the same export"
