package intercom

import (
	"net/http"
	"testing"

	"intercom-connector/intercom/intercomtest"
)

// A catalogue of 16 KB on the wire costs a bounded memory, whatever it is made of: of
// each kind, what costs most.
func TestShortAnswersCostLittle(t *testing.T) {
	for name, tt := range map[string]struct{ before, again, after string }{
		"datasets":       {`"data":[{"id":"x"}`, `,{"id":"x"}`, `]}`},
		"attributes":     {`"data":[{"id":"x","attributes":[{}`, `,{}`, `]}]}`},
		"other members":  {`"data":[],"x":[1`, `,1`, `]}`},
		"names, escaped": {`"data":[{"id":"x","attributes":[{"id":"\n"}`, `,{"id":"\n"}`, `]}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			body := intercomtest.ShortAnswer(t, tt.before, tt.again, tt.after)
			c := serve(t, say(http.StatusOK, string(body), "Content-Encoding", "gzip", "Content-Type", "application/json"))
			_ = askMe(c) // what a connection costs
			intercomtest.CostsLittle(t, func() error { return askDatasets(c) })
		})
	}
}
