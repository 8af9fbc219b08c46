package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
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
	values []float64
}

// maxSeries is how many colours there are (--s0 and so on in page.css).
const maxSeries = 6

// The colours that the drawing is made with stand for CSS variables. gonum may
// write a channel one too low, so only the upper half of each counts.
const (
	inkText = maxSeries + iota
	inkGrid
)

func ink(n int) color.Color { return color.RGBA{0xf8, 0x88, uint8(n<<4 | 8), 0xff} }

var (
	styles     = regexp.MustCompile(`style="[^"]*"`)
	inks       = regexp.MustCompile(`#F[0-9A-F]8[0-9A-F]([0-9A-F])[0-9A-F]`)
	fontFamily = regexp.MustCompile(`font-(family|variant|weight|style):[^;"]*;?`)
	paths      = regexp.MustCompile(`d="M[^"]*"`)
	number     = regexp.MustCompile(`-?\d+\.\d{2,}`)
)

// The widths of the two drawings, in points; page.css shows one of them.
const (
	wide   = 540
	narrow = 340
)

// svg draws the chart for each of the two widths.
func (c chart) svg(id, title, desc string) (template.HTML, error) {
	var b strings.Builder
	for _, size := range []struct {
		class string
		width vg.Length
	}{{"wide", wide}, {"narrow", narrow}} {
		drawing, height, err := c.draw(size.width)
		if err != nil {
			return "", fmt.Errorf("drawing %q: %w", title, err)
		}
		fmt.Fprintf(&b, `<svg class="chart %s" viewBox="0 0 %g %g" role="img" aria-labelledby="%s-%s-t %s-%s-d"><title id="%s-%s-t">%s</title><desc id="%s-%s-d">%s</desc>%s</svg>`,
			size.class, float64(size.width), float64(height), id, size.class, id, size.class,
			id, size.class, template.HTMLEscapeString(title), id, size.class, template.HTMLEscapeString(desc), drawing)
	}
	return template.HTML(b.String()), nil
}

// draw gives what stands inside of the svg element.
func (c chart) draw(width vg.Length) (drawing string, height vg.Length, err error) {
	p := plot.New()
	p.BackgroundColor = nil
	height = 240
	p.X.Padding, p.Y.Padding = 6, 8
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle.Width = 0
		axis.Tick.LineStyle.Width = 0
		axis.Tick.Length = 4
		axis.Tick.Label.Color = ink(inkText)
		axis.Tick.Label.Font.Variant = "Sans"
		axis.Tick.Label.Font.Size = 11
	}
	p.Y.Tick.Marker = plot.TickerFunc(numberTicks)
	p.X.Tick.Marker = someOf(c.labels, int(width)/(20+6*longest(c.labels)))
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	grid.Horizontal.Color, grid.Horizontal.Width, grid.Horizontal.Dashes = ink(inkGrid), 0.7, nil
	switch c.kind {
	case stacked:
		p.Add(grid)
		err = c.addStack(p, (width-50)/vg.Length(len(c.labels)))
	case lines:
		p.Add(grid)
		err = c.addLines(p)
	case ranges:
		height = 40 + 30*vg.Length(len(c.labels))
		grid.Vertical, grid.Horizontal = grid.Horizontal, grid.Vertical
		p.Add(grid)
		err = c.addRanges(p)
		p.X.Tick.Marker, p.Y.Tick.Marker = plot.TickerFunc(numberTicks), someOf(shortened(c.labels, int(width)/20), math.MaxInt)
	}
	if err != nil {
		return "", 0, err
	}
	canvas := vgsvg.New(width, height)
	// A little room at the right, for the last label.
	p.Draw(draw.Crop(draw.New(canvas), 2, -12, 4, -6))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", 0, err
	}
	return themed(b.String()), height, nil
}

// themed takes the drawing out of its document, and its colours and fonts from
// the page.
func themed(document string) string {
	open := strings.Index(document, "<svg")
	inner := document[open+strings.Index(document[open:], ">")+1:]
	inner = inner[:strings.LastIndex(inner, "</svg>")]
	inner = styles.ReplaceAllStringFunc(inner, func(style string) string {
		style = fontFamily.ReplaceAllString(style, "")
		return inks.ReplaceAllStringFunc(style, func(hex string) string {
			n := int(hex[5] - '0')
			switch n {
			case inkText:
				return "var(--muted)"
			case inkGrid:
				return "var(--line)"
			}
			return fmt.Sprintf("var(--s%d)", n)
		})
	})
	return paths.ReplaceAllStringFunc(inner, func(path string) string {
		return number.ReplaceAllStringFunc(path, func(n string) string { // a tenth of a point is enough
			return n[:strings.IndexByte(n, '.')+2]
		})
	})
}

func (c chart) addStack(p *plot.Plot, room vg.Length) error {
	var below *plotter.BarChart
	for i, s := range c.series {
		bars, err := plotter.NewBarChart(plotter.Values(finite(s.values)), max(room*0.8, 0.5))
		if err != nil {
			return err
		}
		bars.Color, bars.LineStyle.Width = ink(i), 0
		if below != nil {
			bars.StackOn(below)
		}
		below = bars
		p.Add(bars)
	}
	p.X.Min, p.X.Max = -0.6, float64(len(c.labels))-0.4
	return nil
}

func (c chart) addLines(p *plot.Plot) error {
	for i, s := range c.series {
		var points plotter.XYs
		for x, y := range s.values {
			if !math.IsNaN(y) && !math.IsInf(y, 0) {
				points = append(points, plotter.XY{X: float64(x), Y: y})
			}
		}
		if len(points) == 0 {
			continue
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return err
		}
		line.Color, line.Width = ink(i), 2
		dots.Color, dots.Radius, dots.Shape = ink(i), 2, draw.CircleGlyph{}
		p.Add(line)
		if len(points) <= 30 {
			p.Add(dots)
		}
	}
	p.X.Min, p.X.Max, p.Y.Min = -0.3, float64(len(c.labels))-0.7, 0
	if p.Y.Max <= 0 {
		p.Y.Max = 1
	}
	return nil
}

func (c chart) addRanges(p *plot.Plot) error {
	for i := len(c.series) - 1; i >= 0; i-- {
		bars, err := plotter.NewBarChart(plotter.Values(finite(c.series[i].values)), 18)
		if err != nil {
			return err
		}
		bars.Color, bars.LineStyle.Width, bars.Horizontal = ink(i), 0, true
		p.Add(bars)
	}
	p.Y.Min, p.Y.Max, p.X.Min = -0.6, float64(len(c.labels))-0.4, 0
	return nil
}

// someOf labels about so many of the values 0, 1, 2 ... of an axis.
func someOf(labels []string, about int) plot.Ticker {
	step := max(1, int(math.Ceil(float64(len(labels))/float64(max(about, 2)))))
	return plot.TickerFunc(func(_, _ float64) (ticks []plot.Tick) {
		for i := 0; i < len(labels); i += step {
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: labels[i]})
		}
		return ticks
	})
}

// numberTicks are four to eight round numbers from low to high.
func numberTicks(low, high float64) (ticks []plot.Tick) {
	step := roundStep(high - low)
	for v := math.Ceil(low/step) * step; v <= high+step/1e6 && len(ticks) < 10; v += step {
		ticks = append(ticks, plot.Tick{Value: v, Label: plain(v)})
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
