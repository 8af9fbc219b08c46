package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A picture is drawn with the lines below. What touches a line's end is where it
// comes from, what an arrowhead points at is where it goes. Lines that meet lead
// from all of the first to all of the second.

// point is a place in a picture: a column and a line.
type point struct{ x, y int }

var (
	up, down    = point{0, -1}, point{0, 1}
	left, right = point{-1, 0}, point{1, 0}
)

// lines are the directions in which each rune goes on.
var lines = map[rune][]point{
	'─': {left, right}, '│': {up, down}, '┌': {right, down}, '┐': {left, down}, '└': {up, right}, '┘': {up, left},
	'├': {up, down, right}, '┤': {up, down, left}, '┬': {left, right, down}, '┴': {left, right, up}, '┼': {up, down, left, right},
	'▼': {up, down}, '▲': {down, up}, '►': {left, right}, '◄': {right, left},
}

// heads are the arrowheads, with where they point.
var heads = map[rune]point{'▼': down, '▲': up, '►': right, '◄': left}

// folders are names of folders in a picture; its other words explain.
var folders = regexp.MustCompile(`^(cmd|tester|connector(/[a-z]+)*|operator|sandbox|membership|intercom)$`)

type grid [][]rune

func (g grid) at(p point) rune {
	if p.y < 0 || p.y >= len(g) || p.x < 0 || p.x >= len(g[p.y]) {
		return ' '
	}
	return g[p.y][p.x]
}

// name is the folder whose name stands at a place.
func (g grid) name(p point) string {
	word := func(x int) bool { return !strings.ContainsRune(" ,", g.at(point{x, p.y})) }
	if !word(p.x) {
		return ""
	}
	from, to := p.x, p.x
	for word(from - 1) {
		from--
	}
	for word(to + 1) {
		to++
	}
	name := string(g[p.y][from : to+1])
	if !folders.MatchString(name) {
		return ""
	}
	return name
}

// arrows are those of a picture, in order.
func arrows(drawn string) []arrow {
	var g grid
	for line := range strings.Lines(drawn) {
		g = append(g, []rune(strings.TrimRight(line, "\n")))
	}
	seen := map[point]bool{}
	var all []arrow
	for y := range g {
		for x := range g[y] {
			from, to := g.follow(point{x, y}, seen)
			for _, a := range from {
				for _, b := range to {
					all = append(all, arrow{a, b})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b arrow) int { return strings.Compare(a.from+" "+a.to, b.from+" "+b.to) })
	return all
}

// follow goes along a line and all that meet it.
func (g grid) follow(p point, seen map[point]bool) (from, to []string) {
	directions, line := lines[g.at(p)]
	if !line || seen[p] {
		return nil, nil
	}
	seen[p] = true
	head, isHead := heads[g.at(p)]
	for _, d := range directions {
		next := point{p.x + d.x, p.y + d.y}
		switch name := g.name(next); {
		case lines[g.at(next)] != nil:
			moreFrom, moreTo := g.follow(next, seen)
			from, to = append(from, moreFrom...), append(to, moreTo...)
		case name == "":
		case isHead && d == head:
			to = append(to, name)
		default:
			from = append(from, name)
		}
	}
	return from, to
}

func TestArrowsAreRead(t *testing.T) {
	got := arrows(`
 some words
     │
    cmd          other words
  ┌──┴────┐
  ▼       ▼
tester  connector
 words    │     operator
          └──┬─────┘
             ▼
          intercom
`)
	want := []arrow{{"cmd", "connector"}, {"cmd", "tester"}, {"connector", "intercom"}, {"operator", "intercom"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(arrow{})); diff != "" {
		t.Error(diff)
	}
}
