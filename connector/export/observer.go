package export

import "time"

// Observer is told what a run does, where it happens, so that it can be counted.
// Its methods may be called at the same time, and must not block.
type Observer interface {
	// Window says that a window was delivered whole, by a job of that long. Its rows
	// are those that were sent, without the ones that the sink had written before.
	Window(dataset, purpose string, rows, bytes int64, job time.Duration)
	// Job says what became of a job that delivered nothing: "failed", "again"
	// (it is asked for again) or "given_up" (its dataset ended).
	Job(dataset, outcome string)
	// SlotWait says that a job waits for one of the workspace's export slots;
	// again about every half minute.
	SlotWait(dataset string)
}

// observe is the observer, or one that does nothing.
func (r *Run) observe() Observer {
	if r.config.Observer == nil {
		return nobody{}
	}
	return r.config.Observer
}

type nobody struct{}

func (nobody) Window(string, string, int64, int64, time.Duration) {}
func (nobody) Job(string, string)                                 {}
func (nobody) SlotWait(string)                                    {}
