package workspace

import "time"

// Receipt is a message that somebody got, and what they did with it.
type Receipt struct {
	ID     string
	Sent   time.Time
	Late   time.Duration     // how long after it was sent exports show it
	Values map[string]string // by column of the receipt file
	Events []Event           // in order of At
}

// Event is what somebody did with a message.
type Event struct {
	Name   string // open, click, reply, …: the name of its file
	At     time.Time
	Late   time.Duration     // how long after it happened exports show it
	Values map[string]string // what only this event has, by column of its file
}
