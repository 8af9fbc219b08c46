package report

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"intercom-connector/tester/report/reporttest"
)

// probe shows the page in a frame of some width and writes down what a reader
// would see there.
const probe = `<!doctype html><title>probe</title><iframe id="f" src="/report.html" style="width:%dpx;height:800px;border:0"></iframe><pre id="seen"></pre><script>
f.onload = () => {
  const d = f.contentDocument, w = f.contentWindow, out = {clipped: []};
  for (const x of d.querySelectorAll('details')) x.open = true;
  out.ground = w.getComputedStyle(d.body).backgroundColor;
  out.wide = d.documentElement.scrollWidth;
  out.sideways = [...d.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth + 1).map(s => s.getAttribute('aria-label'));
  out.loaded = w.performance.getEntriesByType('resource').map(r => r.name);
  const shown = [...d.querySelectorAll('svg')].filter(s => s.getBoundingClientRect().width > 0);
  out.shown = shown.length;
  out.texts = 0;
  for (const s of shown) {
    const r = s.getBoundingClientRect();
    for (const t of s.querySelectorAll('text')) {
      const b = t.getBoundingClientRect();
      out.texts++;
      if (b.left < r.left - 6 || b.right > r.right + 6 || b.top < r.top - 6 || b.bottom > r.bottom + 6) out.clipped.push(t.textContent);
    }
  }
  out.fills = [...new Set([...d.querySelectorAll('svg.chart [class^=c]')].map(p => w.getComputedStyle(p).color))];
  out.small = Math.min(...[...d.querySelectorAll('svg.chart')].filter(s => s.getBoundingClientRect().width > 0).map(s => 11 * s.getBoundingClientRect().width / s.viewBox.baseVal.width));
  seen.textContent = JSON.stringify(out);
};
</script>`

type seen struct {
	Ground string
	Wide   int
	// Sideways are the parts of the page that scroll sideways, by their labels.
	Sideways []string
	Loaded   []string
	Shown    int
	Texts    int
	Clipped  []string
	Fills    []string
	Small    float64 // the smallest label of a chart, in CSS pixels
}

// look shows the page in a frame of that width.
func look(t *testing.T, page string, width int, flags ...string) (got seen, log string) {
	t.Helper()
	return lookWith(t, page, fmt.Sprintf(probe, width), flags...)
}

// lookWith shows the page in a page of its own.
func lookWith(t *testing.T, page, probe string, flags ...string) (got seen, log string) {
	t.Helper()
	text, log := reporttest.Show(t, map[string]string{"/": probe, "/report.html": page}, flags...)
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	return got, log
}

// The page in a real browser: all of it is shown, nothing is cut off or too
// small, nothing is loaded, the console is silent. CI installs chromium.
func TestInChromium(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed: apt-get install -y chromium makes this run (.ci/run does)")
	}
	page := write(t, made(t, conversations, ratingsSent, segments, `
		INSERT INTO conversation SELECT 'n' || n, TIMESTAMPTZ '2026-02-10' - to_hours(n::INT), 'Channel ' || (n % 6), 'Closed', TIMESTAMPTZ '2026-02-11' - to_hours(n::INT),
			n * 7, 'A team with a rather long name ' || (n % 7), NULL, '2026-02-10 10:00:00+00', false FROM range(1500) r(n)`), Options{})
	t.Run("a spoilt page is seen as such", func(t *testing.T) {
		spoilt := strings.Replace(page, `<main id="main">`, `<main id="main"><img src="/x.png" alt=""><div style="width:900px">wide</div>`, 1)
		got, log := look(t, spoilt, 360)
		if got.Wide < 900 || !strings.Contains(log, "CONSOLE") {
			t.Errorf("%d wide; %s", got.Wide, log)
		}
	})
	t.Run("a link opens what it points at", func(t *testing.T) {
		const clicking = `<!doctype html><title>probe</title><iframe id="f" src="/report.html" style="width:900px;height:800px"></iframe><pre id="seen"></pre><script>
f.onload = () => {
  if (seen.textContent) return;
  seen.textContent = '{}';
  const link = f.contentDocument.querySelector('a[href="#t-conversation"]');
  link.click();
  setTimeout(() => {
    const open = f.contentDocument.getElementById('t-conversation').closest('details').open;
    seen.textContent = JSON.stringify({Shown: open ? 1 : 0});
  }, 500);
};
</script>`
		if got, log := lookWith(t, page, clicking); got.Shown != 1 {
			t.Errorf("it stays closed\n%s", log)
		}
	})
	for _, test := range []struct {
		width  int
		dark   bool
		ground string
		shown  int // a phone has the joins in words
	}{{360, false, "rgb(255, 255, 255)", 8}, {360, true, "rgb(18, 22, 28)", 8}, {1280, false, "rgb(255, 255, 255)", 9}, {1280, true, "rgb(18, 22, 28)", 9}} {
		t.Run(fmt.Sprintf("%d dark=%v", test.width, test.dark), func(t *testing.T) {
			var flags []string
			if test.dark {
				flags = []string{reporttest.Dark}
			}
			got, log := look(t, page, test.width, flags...)
			if strings.Contains(log, "CONSOLE") {
				t.Errorf("the console says:\n%s", log)
			}
			if test.width < 400 && slices.Contains(got.Sideways, "All tables with their rows") {
				t.Errorf("on a phone the list of tables scrolls sideways")
			}
			if got.Ground != test.ground {
				t.Errorf("the ground is %s", got.Ground)
			}
			if got.Wide > test.width {
				t.Errorf("the page is %d wide", got.Wide)
			}
			if len(got.Loaded) > 0 {
				t.Errorf("loaded %q", got.Loaded)
			}
			if got.Shown != test.shown || got.Texts < 50 || len(got.Clipped) > 0 {
				t.Errorf("%d pictures with %d texts, cut off: %q", got.Shown, got.Texts, got.Clipped)
			}
			if len(got.Fills) < maxSeries {
				t.Errorf("colours %q", got.Fills)
			}
			if got.Small < 9 {
				t.Errorf("labels of %.1f px", got.Small)
			}
		})
	}
}
