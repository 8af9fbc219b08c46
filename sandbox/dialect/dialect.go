package dialect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"intercom-connector/sandbox/random"
)

// Dialect is one named difference.
type Dialect struct {
	Name     string
	Sentence string // what is different, for people
	// Choice is what the dialect is one answer to: of those with the same
	// Choice a workspace speaks one at most. It is Name where there is no other.
	Choice string
	// Alone dialects are not drawn into mixtures: what they do to a reader
	// leaves little to see of the others.
	Alone bool
}

// mixed begins a name that draws a mixture: all-mixed=SEED.
const mixed = "all-mixed"

// Set is what a workspace speaks. The nil Set is the plain one.
type Set map[string]bool

// Parse reads names, mixtures among them.
func Parse(names []string) (Set, error) {
	set := Set{}
	for _, name := range names {
		if seed, ok := strings.CutPrefix(name, mixed+"="); ok {
			n, err := strconv.ParseUint(seed, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("sandbox: dialect %q: %q is not a whole number", name, seed)
			}
			set.mix(n)
		}
	}
	chosen := map[string]string{}
	for _, name := range names {
		if strings.HasPrefix(name, mixed+"=") {
			continue
		}
		d, ok := named(name)
		if !ok {
			return nil, fmt.Errorf("sandbox: no dialect is named %q; see sandbox --help", name)
		}
		if other, taken := chosen[d.Choice]; taken && other != name {
			return nil, fmt.Errorf("sandbox: the dialects %s and %s exclude each other", other, name)
		}
		chosen[d.Choice] = name
		delete(set, set.Choice(d.Choice)) // what is named wins over what is drawn
		set[name] = true
	}
	return set, nil
}

// mix draws a mixture: of each choice, one answer in a quarter of all cases.
func (s Set) mix(seed uint64) {
	for _, choice := range choices() {
		draw := random.Source(seed).At(random.SaltOf(choice[0].Choice), 0xd1a)
		if draw.Chance(250) {
			s[choice[draw.Below(int64(len(choice)))].Name] = true
		}
	}
}

// choices are the dialects that mixtures draw from, by choice.
func choices() (all [][]Dialect) {
	for _, d := range All() {
		i := slices.IndexFunc(all, func(c []Dialect) bool { return c[0].Choice == d.Choice })
		switch {
		case d.Alone:
		case i < 0:
			all = append(all, []Dialect{d})
		default:
			all[i] = append(all[i], d)
		}
	}
	return all
}

// Speaks says whether a dialect is spoken. It panics on a name that All does
// not have, so that a misspelt one cannot pass for one that is not spoken.
func (s Set) Speaks(name string) bool {
	if _, ok := named(name); !ok {
		panic(fmt.Sprintf("sandbox: no dialect is named %q", name))
	}
	return s[name]
}

// Choice returns the answer that is spoken to a choice, "" for the plain one.
func (s Set) Choice(choice string) string {
	if len(s) == 0 {
		return ""
	}
	for _, d := range All() {
		if d.Choice == choice && s[d.Name] {
			return d.Name
		}
	}
	return ""
}

// Names lists what is spoken, in the order of All.
func (s Set) Names() (names []string) {
	for _, d := range All() {
		if s[d.Name] {
			names = append(names, d.Name)
		}
	}
	return names
}

var byName = func() map[string]Dialect {
	all := map[string]Dialect{}
	for _, d := range All() {
		all[d.Name] = d
	}
	return all
}()

func named(name string) (Dialect, bool) {
	d, ok := byName[name]
	return d, ok
}
