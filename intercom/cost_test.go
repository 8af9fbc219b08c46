package intercom

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/bounds"
)

// What an answer of 16 KB on the wire may cost, at the most, in memory.
const mayCost = 16 << 20

// An answer that is as long, and of as many things, as 16 KB on the wire may be costs a
// bounded memory, however it is read: half of it is noise, so that the bound on how far
// it grows is kept, and the rest is what costs most.
func TestShortAnswersCostLittle(t *testing.T) {
	noise := make([]byte, 11_000)
	_, _ = rand.Read(noise)
	unseen := `{"noise":"` + base64.RawStdEncoding.EncodeToString(noise) + `",`
	askPage := func(c *Client) error {
		_, _, err := Fetch[answer.List](t.Context(), c, Call{Op: "list", Method: http.MethodGet, Path: "/list", Limits: bounds.Page})
		return err
	}
	for name, tt := range map[string]struct {
		before, again, after string
		ask                  func(*Client) error
	}{
		"datasets":          {`"data":[{"id":"x"}`, `,{"id":"x"}`, `]}`, askDatasets},
		"attributes":        {`"data":[{"id":"x","attributes":[{}`, `,{}`, `]}]}`, askDatasets},
		"other members":     {`"data":[],"x":[1`, `,1`, `]}`, askDatasets},
		"names, escaped":    {`"data":[{"id":"x","attributes":[{"id":"\n"}`, `,{"id":"\n"}`, `]}]}`, askDatasets},
		"a page":            {`"data":[{}`, `,{}`, `]}`, askPage},
		"a page of numbers": {`"data":[""`, `,1`, `]}`, askPage},
	} {
		t.Run(name, func(t *testing.T) {
			const long, many = 1_100_000, 230_000 // bytes, elements
			times := long / len(tt.again)
			if of := strings.Count(tt.again, ",") + strings.Count(tt.again, "[") + strings.Count(tt.again, "{"); of > 0 {
				times = min(times, many/of)
				tt.again += strings.Repeat(" ", long/times-len(tt.again))
			}
			var body strings.Builder
			z := gzip.NewWriter(&body)
			_, _ = z.Write([]byte(unseen + tt.before + strings.Repeat(tt.again, times) + tt.after))
			_ = z.Close()
			if wire := body.Len(); wire > 16<<10 {
				t.Fatalf("%d bytes on the wire", wire)
			}
			c := serve(t, say(http.StatusOK, body.String(), "Content-Encoding", "gzip", "Content-Type", "application/json"))
			_ = askMe(c) // what a connection costs
			defer debug.SetGCPercent(debug.SetGCPercent(-1))
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			err := tt.ask(c)
			runtime.ReadMemStats(&after)
			if cost := after.TotalAlloc - before.TotalAlloc; cost > mayCost {
				t.Errorf("%d KB on the wire, %d KB of JSON cost %d MB, %v", body.Len()>>10, (len(unseen)+times*len(tt.again))>>10, cost>>20, err)
			} else {
				t.Logf("%d KB on the wire, %d KB of JSON: %.1f MB, %.80v", body.Len()>>10, (len(unseen)+times*len(tt.again))>>10, float64(cost)/(1<<20), err)
			}
		})
	}
}
