package report

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// Text has a contrast of 4.5 to both grounds, a chart's colours have 3 (WCAG 2.2,
// 1.4.3 and 1.4.11), in light and in dark.
func TestContrast(t *testing.T) {
	roots := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(pageCSS, -1)
	if len(roots) != 2 {
		t.Fatalf("%d themes", len(roots))
	}
	for i, root := range roots {
		hexes := map[string]string{}
		for _, m := range regexp.MustCompile(`--(\w+): #(\w{6})`).FindAllStringSubmatch(root[1], -1) {
			hexes[m[1]] = m[2]
		}
		if len(hexes) != 7+colours {
			t.Fatalf("theme %d has %d colours", i, len(hexes))
		}
		for name, hex := range hexes {
			least := 4.5
			switch {
			case name == "ground" || name == "raised" || name == "line":
				continue
			case strings.HasPrefix(name, "s"):
				least = 3
			}
			for _, ground := range []string{"ground", "raised"} {
				a, b := luminance(t, hex), luminance(t, hexes[ground])
				if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < least {
					t.Errorf("theme %d: %s on %s has a contrast of %.2f", i, name, ground, ratio)
				}
			}
		}
	}
}

// The hues of unknown channels have the contrast of a chart's colours, all of them.
func TestContrastOfHues(t *testing.T) {
	light := regexp.MustCompile(`--hue-light: ([\d.]+)`).FindAllStringSubmatch(pageCSS, -1)
	chroma := regexp.MustCompile(`oklch\(var\(--hue-light\) ([\d.]+) `).FindStringSubmatch(pageCSS)
	raised := regexp.MustCompile(`--raised: #(\w{6})`).FindAllStringSubmatch(pageCSS, -1)
	if len(light) != 2 || len(chroma) != 2 || len(raised) != 2 {
		t.Fatalf("%q, %q, %q", light, chroma, raised)
	}
	number := func(s string) float64 {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for theme := range light {
		for hue := range 360 {
			a, b := luminanceOfOKLCH(number(light[theme][1]), number(chroma[1]), float64(hue)), luminance(t, raised[theme][1])
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 3 {
				t.Errorf("theme %d: the hue %d has a contrast of %.2f", theme, hue, ratio)
			}
		}
	}
}

// luminanceOfOKLCH is the relative luminance of a colour as CSS Color 4 converts it,
// cut to the colours of a screen.
func luminanceOfOKLCH(light, chroma, hue float64) float64 {
	a, b := chroma*math.Cos(hue*math.Pi/180), chroma*math.Sin(hue*math.Pi/180)
	l := math.Pow(light+0.3963377774*a+0.2158037573*b, 3)
	m := math.Pow(light-0.1055613458*a-0.0638541728*b, 3)
	s := math.Pow(light-0.0894841775*a-1.2914855480*b, 3)
	cut := func(v float64) float64 { return min(max(v, 0), 1) }
	return 0.2126*cut(4.0767416621*l-3.3077115913*m+0.2309699292*s) +
		0.7152*cut(-1.2684380046*l+2.6097574011*m-0.3413193965*s) +
		0.0722*cut(-0.0041960863*l-0.7034186147*m+1.7076147010*s)
}
