package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"unicode/utf8"
)

// kind is how a chart draws its series.
type kind int

const (
	stacked kind = iota // bars on one another
	lines
	ranges // lying bars, each series before the one that came first
)

// chart is the numbers of a picture: a value of each series at each label.
type chart struct {
	kind   kind
	labels []string
	series []series
	unit   string
}

// series is one row of numbers. NaN is "nothing known".
type series struct {
	Name   string
	Colour int // the class c0, c1 ... of page.css; -1 for a hue
	hue    int
	values []float64
}

// maxSeries is how many series a chart shows.
const maxSeries = 6

// The widths of the two drawings, in points; page.css shows one of them.
const (
	wide   = 540
	narrow = 340
)

// Points of a drawing.
const (
	tall   = 240 // of a chart with lines or bars that stand
	row    = 30  // of a bar that lies
	letter = 6.2 // of a label's letter, on the average
	gap    = 6   // between a label and the plot
)

// svg draws the chart for each of the two widths.
func (c chart) svg(id, title, desc string) template.HTML {
	var b strings.Builder
	for _, size := range []struct {
		class string
		width float64
	}{{"wide", wide}, {"narrow", narrow}} {
		d := drawing{chart: c, width: size.width, height: tall}
		if c.kind == ranges {
			d.height = 40 + row*float64(len(c.labels))
		}
		d.draw()
		fmt.Fprintf(&b, `<svg class="chart %s" viewBox="0 0 %g %g" role="img" aria-labelledby="%s-%s-t %s-%s-d"><title id="%s-%s-t">%s</title><desc id="%s-%s-d">%s</desc>%s</svg>`,
			size.class, d.width, d.height, id, size.class, id, size.class,
			id, size.class, template.HTMLEscapeString(title), id, size.class, template.HTMLEscapeString(desc), d.out.String())
	}
	return template.HTML(b.String())
}

// drawing is a chart in one of its sizes. The plot lies between left and right,
// top and bottom; low and high are the ends of the axis of numbers.
type drawing struct {
	chart                    chart
	width, height            float64
	left, right, top, bottom float64
	low, high                float64
	out                      strings.Builder
}

func (d *drawing) draw() {
	d.low, d.high = d.chart.span()
	ticks := numberTicks(d.low, d.high)
	d.top, d.bottom, d.right = 8, d.height-24, d.width-14
	if d.chart.kind == ranges {
		labels := shortened(d.chart.labels, int(d.width)/20)
		d.left = gap + letter*float64(longest(labels))
		for _, t := range ticks {
			d.line("grid", d.number(t.value), d.top, d.number(t.value), d.bottom)
			d.text("middle", d.number(t.value), d.height-8, t.label)
		}
		for i, label := range labels {
			d.text("end", d.left-gap, d.middle(i)+4, label)
		}
		d.ranges()
		return
	}
	for _, t := range ticks {
		d.left = max(d.left, gap+letter*float64(utf8.RuneCountInString(t.label)))
	}
	for _, t := range ticks {
		d.line("grid", d.left, d.number(t.value), d.right, d.number(t.value))
		d.text("end", d.left-gap, d.number(t.value)+4, t.label)
	}
	d.days()
	if d.chart.kind == stacked {
		d.stack()
	} else {
		d.lines()
	}
}

// number is where a value lies on its axis.
func (d *drawing) number(v float64) float64 {
	part := (v - d.low) / (d.high - d.low)
	if d.chart.kind == ranges {
		return d.left + part*(d.right-d.left)
	}
	return d.bottom - part*(d.bottom-d.top)
}

// middle is where the i-th label lies on its axis.
func (d *drawing) middle(i int) float64 {
	n := float64(len(d.chart.labels))
	if d.chart.kind == ranges { // the first at the bottom
		return d.bottom - (float64(i)+0.5)*(d.bottom-d.top)/n
	}
	return d.left + (float64(i)+0.5)*(d.right-d.left)/n
}

// days labels as many of the days as there is room for.
func (d *drawing) days() {
	room := max(2, int((d.right-d.left)/(20+letter*float64(longest(d.chart.labels)))))
	step := max(1, (len(d.chart.labels)+room-1)/room)
	half := letter * float64(longest(d.chart.labels)) / 2
	for i := 0; i < len(d.chart.labels); i += step {
		d.text("middle", min(max(d.middle(i), half), d.width-half), d.height-8, d.chart.labels[i])
	}
}

func (d *drawing) stack() {
	band := (d.right - d.left) / float64(len(d.chart.labels))
	for i, label := range d.chart.labels {
		below := 0.0
		for _, s := range d.chart.series {
			v := drawn(s.values[i])
			if v == 0 {
				continue
			}
			d.bar(s, label, v, d.middle(i)-0.4*band, min(d.number(below), d.number(below+v)), 0.8*band, math.Abs(d.number(below)-d.number(below+v)))
			below += v
		}
	}
}

func (d *drawing) ranges() {
	for i, label := range d.chart.labels {
		for n := len(d.chart.series) - 1; n >= 0; n-- {
			s := d.chart.series[n]
			if v := drawn(s.values[i]); v != 0 {
				d.bar(s, label, v, min(d.number(0), d.number(v)), d.middle(i)-9, math.Abs(d.number(v)-d.number(0)), 18)
			}
		}
	}
}

// lines connects what is known.
func (d *drawing) lines() {
	for _, s := range d.chart.series {
		var path, dots strings.Builder
		for i, v := range s.values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				continue
			}
			to := "L"
			if path.Len() == 0 {
				to = "M"
			}
			fmt.Fprintf(&path, "%s%.1f,%.1f", to, d.middle(i), d.number(v))
			fmt.Fprintf(&dots, `<circle %s cx="%.1f" cy="%.1f" r="2"><title>%s</title></circle>`, s.Ink(), d.middle(i), d.number(v), tip(s, d.chart.labels[i], v))
		}
		if path.Len() == 0 {
			continue
		}
		fmt.Fprintf(&d.out, `<g %s><path class="line" d="%s"/></g>`, s.Ink(), path.String())
		if len(s.values) <= 31 {
			d.out.WriteString(dots.String())
		}
	}
}

func (d *drawing) bar(s series, label string, v, x, y, width, height float64) {
	fmt.Fprintf(&d.out, `<rect %s x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s</title></rect>`, s.Ink(), x, y, max(width, 0.5), height, tip(s, label, v))
}

// tip is what a pointer over a value shows.
func tip(s series, label string, v float64) string {
	return template.HTMLEscapeString(label + ", " + s.Name + ": " + plain(v))
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&d.out, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
}

func (d *drawing) text(anchor string, x, y float64, s string) {
	fmt.Fprintf(&d.out, `<text text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, anchor, x, y, template.HTMLEscapeString(s))
}

// span is from the lowest to the highest value that is drawn, with nought.
func (c chart) span() (low, high float64) {
	for i := range c.labels {
		sum := 0.0
		for _, s := range c.series {
			v := drawn(s.values[i])
			if c.kind == stacked {
				sum += v
				v = sum
			}
			low, high = min(low, v), max(high, v)
		}
	}
	if low == high {
		high = 1
	}
	return low, high
}

// drawn is a value that can be drawn; "nothing known" becomes nothing.
func drawn(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > 1e290 {
		return 0
	}
	return v
}

// tick is a number on its axis.
type tick struct {
	value float64
	label string
}

// numberTicks are four to eight round numbers from low to high.
func numberTicks(low, high float64) (ticks []tick) {
	step := roundStep(high - low)
	for v := math.Ceil(low/step) * step; v <= high+step/1e6 && len(ticks) < 10; v += step {
		ticks = append(ticks, tick{value: v, label: plain(v)})
	}
	return ticks
}

// roundStep is 1, 2 or 5 times a power of ten, four to ten of which make the span.
func roundStep(span float64) float64 {
	if !(span > 0) || math.IsInf(span, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(span/4)))
	for _, m := range []float64{5, 2} {
		if power*m <= span/4 {
			return power * m
		}
	}
	return power
}

// longest is the length of the longest label.
func longest(labels []string) (most int) {
	for _, label := range labels {
		most = max(most, utf8.RuneCountInString(label))
	}
	return most
}

func shortened(labels []string, most int) []string {
	short := make([]string, len(labels))
	for i, label := range labels {
		if runes := []rune(label); len(runes) > most {
			label = string(runes[:most-1]) + "…"
		}
		short[i] = label
	}
	return short
}
