package exporttest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"intercom-connector/sandbox"
)

// Messages are receipts sent about a moment, with what happens to them up to
// thirty days later, some of it in the same second; exports show both up to fifty
// minutes late.
func Messages(random *rand.Rand, n int, from, to time.Time) []sandbox.Receipt {
	within := func(most time.Duration) time.Duration {
		return time.Duration(random.Int64N(int64(most))).Truncate(time.Second)
	}
	var all []sandbox.Receipt
	for range n {
		sent := from.Add(within(to.Sub(from)))
		if random.IntN(5) == 0 {
			sent = sent.Truncate(time.Hour)
		}
		r := sandbox.Receipt{Sent: sent, Late: within(50 * time.Minute), Values: map[string]string{
			"email": "a@example.com", "user_id": "5ba682d23d7cf92bef87bf" + strconv.Itoa(10+random.IntN(20)), "content_title": "Hello, \"you\"",
		}}
		for _, name := range []string{"open", "click", "answer"} {
			for random.IntN(5) < 3 {
				after := within(30 * 24 * time.Hour)
				if random.IntN(3) == 0 {
					after = within(time.Hour)
				}
				e := sandbox.Event{Name: name, At: sent.Add(after), Late: within(50 * time.Minute)}
				if name != "open" {
					e.Values = map[string]string{name + "ed": fmt.Sprint("it, ", random.IntN(9))}
				}
				r.Events = append(r.Events, e)
				if random.IntN(4) == 0 {
					e.Values = nil
					r.Events = append(r.Events, e)
				}
			}
		}
		slices.SortStableFunc(r.Events, func(a, b sandbox.Event) int { return a.At.Compare(b.At) })
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b sandbox.Receipt) int { return a.Sent.Compare(b.Sent) })
	for i := range all {
		all[i].ID = strconv.Itoa(7000 + i)
	}
	return all
}
