package sandbox

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"intercom-connector/sandbox/dialect"
)

// trial is a workspace that speaks one dialect, and what is asked of it.
type trial struct {
	t     *testing.T
	s     *Sandbox
	c     *client
	clock time.Time
}

// dialectTests show what each dialect changes, over real HTTP.
var dialectTests = map[string]func(x *trial){}

func testDialect(name string, test func(x *trial)) bool {
	dialectTests[name] = test
	return true
}

func TestDialectsOverHTTP(t *testing.T) {
	var names []string
	for _, d := range Dialects() {
		names = append(names, d.Name)
		if !strings.HasSuffix(d.Sentence, ".") || strings.ContainsAny(d.Name, ", =") {
			t.Errorf("dialect %q says %q: want a sentence, and a name without commas", d.Name, d.Sentence)
		}
	}
	if tested := slices.Sorted(maps.Keys(dialectTests)); !slices.Equal(slices.Sorted(slices.Values(names)), tested) {
		t.Fatalf("dialects are\n%q, and tested are\n%q", slices.Sorted(slices.Values(names)), tested)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			x := &trial{t: t, clock: morning}
			x.s, x.c = serve(t, Options{
				Now: func() time.Time { return x.clock }, Epoch: morning.Add(-20 * day), JobTime: instant, RowsPerDay: 60,
				Contacts: 400, Companies: 230, Segments: 8, Tags: 40, Timezone: "America/New_York", Dialect: []string{name},
			})
			dialectTests[name](x)
		})
	}
}

func TestDialectsThatAreRefused(t *testing.T) {
	for want, names := range map[string][]string{
		`no dialect is named "klingon"`:                      {"klingon"},
		`times-z and times-utc exclude each other`:           {"times-z", "crlf", "times-utc"},
		`"all-mixed=many": "many" is not a whole number`:     {"all-mixed=many"},
		`dialect is named "all-mixed"`:                       {"all-mixed"},
		`dialect is named ""`:                                {""},
		`header-qualified and header-names exclude each oth`: {"header-qualified", "header-names"},
	} {
		if err := (Options{Dialect: names}).Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %s", names, err, want)
		}
	}
}

// A mixture is the same for the same seed, differs for another, and holds of
// each choice one answer at most; in a hundred mixtures everything comes that
// may. What is named beside a mixture wins.
func TestMixtures(t *testing.T) {
	mixture := func(names ...string) []string {
		return New(Options{Dialect: names, Now: at(morning)}).Dialect()
	}
	if a, b := mixture("all-mixed=7"), mixture("all-mixed=7"); !slices.Equal(a, b) || len(a) < 3 {
		t.Errorf("one seed gave %q and %q", a, b)
	}
	if a, b := mixture("all-mixed=7"), mixture("all-mixed=8"); slices.Equal(a, b) {
		t.Errorf("two seeds gave %q", a)
	}
	choice, alone := map[string]string{}, map[string]bool{}
	for _, d := range Dialects() {
		choice[d.Name], alone[d.Name] = d.Choice, d.Alone
	}
	seen := map[string]bool{}
	for seed := range 100 {
		answers := map[string]string{}
		for _, name := range mixture("all-mixed=" + strconv.Itoa(seed)) {
			if other := answers[choice[name]]; other != "" || alone[name] {
				t.Errorf("seed %d speaks %s beside %q", seed, name, other)
			}
			answers[choice[name]], seen[name] = name, true
		}
	}
	for _, d := range Dialects() {
		if !seen[d.Name] && !d.Alone {
			t.Errorf("no mixture speaks %s", d.Name)
		}
	}
	for seed := range 20 {
		set, err := dialect.Parse([]string{"times-z", "all-mixed=" + strconv.Itoa(seed)})
		if err != nil || !set["times-z"] || set.Choice("times") != "times-z" {
			t.Errorf("beside a mixture: %v, %v", set.Names(), err)
		}
	}
}

func TestUnknownDialectPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a name that is none was taken for one that is not spoken")
		}
	}()
	dialect.Set{}.Speaks("times-zz")
}
