package main

import (
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"intercom-connector/test/bench/drain"
	"intercom-connector/test/bench/export"
)

// clients are how a server's stream is taken.
var clients = map[string]func(target string, configuration map[string]string) (drain.Drained, error){
	"drain": drain.Update, "decode": drain.Decode,
}

// role runs this process as one of the parts of a measurement:
//
//	files SHAPE ROWS               the file server
//	drain TARGET BASE ROWS         the client, of an export at the file server BASE
//	decode TARGET BASE ROWS        the heavier client
//	anything else SHAPE [PROFILE]  the contestant of that role, profiled
func role(arguments []string) error {
	if how := clients[arguments[0]]; len(arguments) == 4 && how != nil {
		drained, err := how(arguments[1], configuration(arguments[2], arguments[3]))
		return errors.Join(err, tell(outcome{Rows: drained.Rows, Began: drained.Began, Ended: drained.Ended}))
	}
	if len(arguments) < 2 {
		return fmt.Errorf("no such role: %q", arguments)
	}
	s, err := export.Find(arguments[1])
	if err != nil {
		return err
	}
	last := ""
	if len(arguments) > 2 {
		last = arguments[2]
	}
	switch arguments[0] {
	case "files":
		return export.Serve(s, announce)
	case oursRole, decodedRole:
		return serve(connectorServer(), last)
	case plainRole:
		return serve(newServer(s, plain), last)
	case gunzipRole:
		return serve(newServer(s, gunzipOnly), last)
	case linesRole:
		return serve(newServer(s, linesOnly), last)
	case packedRole:
		return serve(newServer(s, packedLines), last)
	case "encode":
		return serve(newServer(s, encodeOnly), last)
	case "send":
		send, err := newSendOnly(s)
		if err != nil {
			return err
		}
		return serve(newServer(s, send, grpc.ForceServerCodecV2(newEncodedCodec())), last)
	}
	return fmt.Errorf("no such role: %q", arguments)
}

// configuration is what every contestant is given: the connector's keys, and
// for the others where the export is.
func configuration(base, rows string) map[string]string {
	return map[string]string{
		"access_token":       "a-token-of-tests",
		"base_url":           base,
		"dataset_id":         "conversation",
		"initial_start_time": export.Start.Format(time.RFC3339),
		"lookback_days":      "0",
		"lookups":            "none",
		"url":                base + "/download/reporting_data/job1",
		"rows":               rows,
		"timezone":           export.Timezone,
	}
}
