package report

import (
	"hash/fnv"
	"slices"
	"strings"
)

// How many colours page.css has, and the one for the rest.
const (
	colours = 10
	grey    = 5
)

// fixed are the colours of what every workspace has, so that a channel looks the
// same in every report.
var fixed = map[string]int{
	"chat": 0, "messenger": 0, "conversation": 0, "email": 1, "whatsapp": 2, "phone": 3, "call": 3, "instagram": 4,
	"no channel": grey, "other": grey, "facebook": 6, "sms": 7, "twitter": 8, "x": 8, "slack": 9,
}

// paint gives each series the colour of its name: a fixed one, or else one that the
// name stands for, unless another series of the chart has it.
func (c chart) paint() {
	var taken []int
	for i := range c.series {
		s := &c.series[i]
		colour, known := fixed[strings.ToLower(s.Name)]
		s.Colour = -1
		if known && !slices.Contains(taken, colour) {
			s.Colour = colour
			taken = append(taken, colour)
		}
	}
	for i := range c.series {
		s := &c.series[i]
		if s.Colour >= 0 {
			continue
		}
		h := fnv.New32a()
		h.Write([]byte(s.Name)) // never fails
		s.Colour = int(h.Sum32() % colours)
		for slices.Contains(taken, s.Colour) {
			s.Colour = (s.Colour + 1) % colours
		}
		taken = append(taken, s.Colour)
	}
}

// inOrder gives the series the colours in their order.
func (c chart) inOrder() {
	for i := range c.series {
		c.series[i].Colour = i
	}
}
