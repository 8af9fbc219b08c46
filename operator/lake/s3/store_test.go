package s3_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/s3"
	"intercom-connector/operator/lake/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() lake.Store {
		startServer(t)
		return func() lake.Store { return open(t, here("lake"), s3.Options{}) }
	})
}

// TestStoreInTrouble holds a store in S3 to the same where S3 stalls, breaks off, is
// busy, loses answers of what it has done, and says of puts that another was at it,
// and where the machine's clock is set back again and again.
func TestStoreInTrouble(t *testing.T) {
	var seen [5]atomic.Int64
	storetest.RunInBubble(t, func(t *testing.T) func() lake.Store {
		network := storetest.NewNetwork(t)
		var requests, puts, back atomic.Int64
		network.Spoil = func(r *http.Request, send func() *http.Response) (*http.Response, error) {
			trouble := -1
			if conditional := r.Header.Get("If-Match")+r.Header.Get("If-None-Match") != ""; conditional && puts.Add(1)%3 == 1 {
				trouble = 4
			} else if !strings.HasPrefix(r.Header.Get("Amz-Sdk-Request"), "attempt=3") {
				trouble = []int{0, 1, 2, 3, -1, -1, -1}[requests.Add(1)%7]
			}
			if trouble >= 0 {
				seen[trouble].Add(1)
			}
			switch trouble {
			case 0:
				time.Sleep(time.Second) // longer, and a release of the lock runs out of patience now and then
			case 1:
				send() // and nobody hears of it
				return nil, io.ErrUnexpectedEOF
			case 2:
				return nil, io.ErrUnexpectedEOF // it was never sent
			case 3:
				return answer(http.StatusServiceUnavailable, "SlowDown"), nil
			case 4:
				return answer(http.StatusConflict, "ConditionalRequestConflict"), nil
			}
			return send(), nil
		}
		clocks := func() (wall, counted time.Duration) { return -time.Duration(back.Add(1)) * time.Hour, 0 }
		return func() lake.Store { return open(t, here("lake"), s3.Options{Transport: network}.WithClocks(clocks)) }
	})
	for trouble := range seen {
		if seen[trouble].Load() == 0 {
			t.Errorf("trouble %d never came: the test shows less than it says", trouble)
		}
	}
}

// answer is one of S3's that refuses.
func answer(status int, code string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("<Error><Code>" + code + "</Code></Error>"))}
}
