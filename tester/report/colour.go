package report

import (
	"fmt"
	"hash/fnv"
	"html/template"
	"slices"
	"strings"
)

// colours is how many numbered colours page.css has.
const colours = 11

// ofChannels are the colours of the channels that Intercom has, of conversations
// without one, and of the rest.
var ofChannels = map[string]int{
	"chat": 0, "email": 1, "whatsapp": 2, "phone": 3, "instagram": 4, "other": 5,
	"facebook": 6, "sms": 7, "twitter": 8, "slack": 9, "no channel": 10,
}

// Ink is the colour as attributes: a class of page.css, or the hue of a channel that
// has none.
func (s series) Ink() template.HTMLAttr {
	if s.Colour < 0 {
		return template.HTMLAttr(fmt.Sprintf(`class="hue" style="--hue:%d"`, s.hue))
	}
	return template.HTMLAttr(fmt.Sprintf(`class="c%d"`, s.Colour))
}

// sum is a number that a name stands for.
func sum(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name)) // never fails
	return h.Sum32()
}

// paintChannels gives each channel the colour that is its own in every chart of every
// report, whatever other channels there are. An unknown one has the hue that its name
// stands for.
func (c chart) paintChannels() {
	for i := range c.series {
		s := &c.series[i]
		var known bool
		if s.Colour, known = ofChannels[strings.ToLower(s.Name)]; !known {
			s.Colour, s.hue = -1, int(sum(strings.ToLower(s.Name))%360)
		}
	}
}

// paint gives each series the colour that its name stands for, or the next that no
// other series of the chart has.
func (c chart) paint() {
	var taken []int
	for i := range c.series {
		s := &c.series[i]
		s.Colour = int(sum(s.Name) % colours)
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
