//go:build genuine

package genuine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"intercom-connector/tester/report/reporttest"
)

// byAxe shows the page in a frame of some width, opens all of it, and writes down
// what axe finds in it.
//
// Contrast is judged apart, since axe leaves a text unjudged that is scrolled out of
// its region, or inside a picture: nothing scrolls then, and what a picture has of
// texts' colours stands beside it.
const byAxe = `<!doctype html><title>probe</title><iframe id="f" src="/report.html" style="width:%dpx;height:800px;border:0"></iframe><pre id="seen"></pre><script>
const judge = async (d, axe) => {
  const out = {violations: [], unjudged: [], passed: []};
  const note = (list, results) => { for (const r of results) for (const n of r.nodes) list.push(r.id + ' at ' + n.target.join(' ') + ': ' + n.failureSummary + ': ' + n.html); };
  const run = async (where, options) => {
    const found = await axe.run(where, {resultTypes: ['violations', 'incomplete'], ...options});
    note(out.violations, found.violations);
    note(out.unjudged, found.incomplete);
    out.passed.push(...found.passes.map(r => r.id));
  };
  for (const x of d.querySelectorAll('details')) x.open = true;
  await run(d, {rules: {'color-contrast': {enabled: false}}});
  d.head.append(Object.assign(d.createElement('style'), {textContent: '.scroll, .scroll.low { overflow: visible; max-height: none } .pictures { display: block } body, main, figure, .scroll { width: max-content; max-width: none }'}));
  for (const p of d.querySelectorAll('svg')) {
    if (p.getBoundingClientRect().width === 0) continue;
    for (const colour of new Set([...p.querySelectorAll('text')].map(t => getComputedStyle(t).fill))) {
      const text = d.createElement('p');
      text.textContent = 'a text of the picture';
      text.style.color = colour;
      p.after(text);
    }
  }
  await run({exclude: ['svg']}, {runOnly: ['color-contrast'], checks: {'color-contrast': {options: {ignoreLength: true}}}});
  return JSON.stringify(out);
};
f.onload = async () => { seen.textContent = await judge(f.contentDocument, f.contentWindow.axe).catch(String); };
</script>`

// judgement is what axe says of a page: each finding with its rule and element.
type judgement struct {
	Violations, Unjudged []string
	Passed               []string // the rules
}

// judged is what axe says of the page.
func judged(t *testing.T, page string, width int, flags ...string) (got judgement) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(environment(t, "axe"), "lib", "python*", "site-packages", "axe_playwright_python", "axe.min.js"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%q, %v", found, err)
	}
	axe, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	text, _ := reporttest.Show(t, map[string]string{"/": fmt.Sprintf(byAxe, width), "/report.html": page, "/axe.js": string(axe)}, flags...)
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return got
}

// axe finds nothing in the demo's page, and leaves no text's contrast unjudged.
func TestReportByAxe(t *testing.T) {
	t.Parallel()
	folder := filepath.Dir(warehouse(t, nil))
	if err := run(program(t, "debug"), "report", "--directory", folder); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(filepath.Join(folder, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	// Its policy forbids scripts, and so axe.
	const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`
	page := strings.Replace(string(made), policy, `<script src="/axe.js"></script>`, 1)
	for _, test := range []struct {
		name  string
		width int
		flags []string
	}{
		{"a phone, light", 360, nil},
		{"a phone, dark", 360, []string{reporttest.Dark}},
		{"wide, light", 1280, nil},
		{"wide, dark", 1280, []string{reporttest.Dark}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := judged(t, page, test.width, test.flags...)
			for _, finding := range append(got.Violations, got.Unjudged...) {
				t.Error(finding)
			}
			for _, rule := range []string{"color-contrast", "svg-img-alt", "scrollable-region-focusable"} {
				if !slices.Contains(got.Passed, rule) {
					t.Errorf("%s is not among what passed: %q", rule, got.Passed)
				}
			}
		})
	}
}

// What axe finds, and what it cannot judge, is told with the rule and the element.
func TestAxeFinds(t *testing.T) {
	t.Parallel()
	got := judged(t, `<!doctype html><html lang="en"><title>spoilt</title><script src="/axe.js"></script><main><h1>spoilt</h1>
		<img id="bare" src="data:,"><p id="pale" style="color: #bbb">pale</p>
		<svg role="img" aria-label="a picture" width="9" height="9"><text style="fill: #ccc">pale</text></svg>
		<p id="over" style="background: linear-gradient(#fff, #000)">over a picture</p></main></html>`, 360)
	for _, want := range []string{"image-alt at #bare", "color-contrast at #pale", "color-contrast at p:nth-child(5)"} {
		if !slices.ContainsFunc(got.Violations, func(finding string) bool { return strings.HasPrefix(finding, want) }) {
			t.Errorf("%s is not among %q", want, got.Violations)
		}
	}
	if len(got.Violations) != 3 || len(got.Unjudged) != 1 || !strings.HasPrefix(got.Unjudged[0], "color-contrast at #over") {
		t.Errorf("violations %q, unjudged %q", got.Violations, got.Unjudged)
	}
}
