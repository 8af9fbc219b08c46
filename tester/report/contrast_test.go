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
